#include "millrace/function/events/attribute_value.h"

#include <charconv>
#include <cstdlib>

#include "millrace/function/error.h"
#include "text.h"

namespace millrace::function {
namespace {

std::string decoded(const Json& json) {
  auto bytes = base64_decode(json.get_ref<const std::string&>());
  if (!bytes) throw Error("InvalidAttributeValue", "a binary value is not base64");
  return std::move(*bytes);
}

struct Writer {
  Json operator()(std::nullptr_t) const { return {{"NULL", true}}; }
  Json operator()(bool value) const { return {{"BOOL", value}}; }
  Json operator()(const std::string& value) const { return {{"S", value}}; }
  Json operator()(const Number& value) const { return {{"N", value.text}}; }
  Json operator()(const Binary& value) const { return {{"B", base64_encode(value.bytes)}}; }
  Json operator()(const StringSet& set) const { return {{"SS", set.values}}; }
  Json operator()(const NumberSet& set) const {
    Json texts = Json::array();
    for (const Number& number : set.values)
      texts.push_back(number.text);
    return {{"NS", std::move(texts)}};
  }
  Json operator()(const BinarySet& set) const {
    Json texts = Json::array();
    for (const Binary& binary : set.values)
      texts.push_back(base64_encode(binary.bytes));
    return {{"BS", std::move(texts)}};
  }
  Json operator()(const List& list) const {
    Json values = Json::array();
    for (const AttributeValue& value : list)
      values.push_back(value);
    return {{"L", std::move(values)}};
  }
  Json operator()(const Item& item) const {
    Json values = Json::object();
    for (const auto& [name, value] : item)
      values[name] = value;
    return {{"M", std::move(values)}};
  }
};

}  // namespace

double Number::as_double() const {
  return std::strtod(text.c_str(), nullptr);
}

std::int64_t Number::as_integer() const {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw Error("InvalidAttributeValue", text + " is no 64-bit integer");
  return value;
}

void from_json(const Json& json, AttributeValue& value) {
  if (!json.is_object() || json.size() != 1)
    throw Error("InvalidAttributeValue", "an attribute value has exactly one type");
  const std::string& type = json.begin().key();
  const Json& given = json.begin().value();
  if (type == "S") {
    value.value = given.get<std::string>();
  } else if (type == "N") {
    value.value = Number{given.get<std::string>()};
  } else if (type == "B") {
    value.value = Binary{decoded(given)};
  } else if (type == "BOOL") {
    value.value = given.get<bool>();
  } else if (type == "NULL") {
    value.value = nullptr;
  } else if (type == "L") {
    value.value = given.get<List>();
  } else if (type == "M") {
    value.value = given.get<Item>();
  } else if (type == "SS") {
    value.value = StringSet{given.get<std::vector<std::string>>()};
  } else if (type == "NS") {
    NumberSet set;
    for (const Json& number : given)
      set.values.push_back({number.get<std::string>()});
    value.value = std::move(set);
  } else if (type == "BS") {
    BinarySet set;
    for (const Json& text : given)
      set.values.push_back({decoded(text)});
    value.value = std::move(set);
  } else {
    throw Error("InvalidAttributeValue", "there is no attribute type " + type);
  }
}

void to_json(Json& json, const AttributeValue& value) {
  json = std::visit(Writer{}, value.value);
}

}  // namespace millrace::function
