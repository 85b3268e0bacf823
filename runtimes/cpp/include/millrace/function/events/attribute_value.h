// DynamoDB's attribute values, read from and written to its JSON ({"S":"text"}), in events as in requests.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "millrace/function/json.h"

namespace millrace::function {

// Up to 38 digits, so text is what it is.
struct Number {
  std::string text;
  double as_double() const;
  std::int64_t as_integer() const;  // Error when it is none
  bool operator==(const Number&) const = default;
};
struct Binary {
  std::string bytes;  // decoded
  bool operator==(const Binary&) const = default;
};
struct StringSet {
  std::vector<std::string> values;
  bool operator==(const StringSet&) const = default;
};
struct NumberSet {
  std::vector<Number> values;
  bool operator==(const NumberSet&) const = default;
};
struct BinarySet {
  std::vector<Binary> values;
  bool operator==(const BinarySet&) const = default;
};

struct AttributeValue;
using Item = std::map<std::string, AttributeValue>;
using List = std::vector<AttributeValue>;

struct AttributeValue {
  using Value = std::variant<std::nullptr_t, bool, std::string, Number, Binary, StringSet, NumberSet,
                             BinarySet, List, Item>;
  Value value = nullptr;

  AttributeValue() = default;
  template <class T>
    requires std::is_constructible_v<Value, T>
  AttributeValue(T given) : value(std::move(given)) {}

  // Throws std::bad_variant_access when it is of another type.
  const std::string& s() const { return std::get<std::string>(value); }
  const Number& n() const { return std::get<Number>(value); }
  const Item& m() const { return std::get<Item>(value); }
  const List& l() const { return std::get<List>(value); }
  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value); }
  bool operator==(const AttributeValue&) const = default;
};
void from_json(const Json& json, AttributeValue& value);
void to_json(Json& json, const AttributeValue& value);

}  // namespace millrace::function
