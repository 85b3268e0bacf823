#include "engines/table/item_codec.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/encoding.h"
#include "engines/table/item_size.h"
#include "engines/table/number.h"

namespace millrace::table {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;
using Failure = std::string;  // a SerializationException's message; empty: none

constexpr std::string_view kWire = "com.amazonaws.dynamodb.v20120810.";
constexpr std::string_view kEmptyValue =
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
constexpr std::string_view kManyTypes =
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
    "datatypes";
constexpr std::string_view kTooDeep =
    "Nesting Levels have exceeded supported limits: "
    "Attributes in the item have nested levels beyond supported limit";
constexpr std::string_view kBadParameter = "One or more parameter values were invalid: ";
constexpr std::size_t kSmall = 16;  // up to here, search for duplicates by comparing all

bool is_number(element_type type) {
  return type == element_type::INT64 || type == element_type::UINT64 || type == element_type::DOUBLE;
}

std::string_view number_token(element json) {
  return json.type() == element_type::DOUBLE ? "DECIMAL_VALUE" : "NUMBER_VALUE";
}

Failure fail_string(element json, std::string_view type) {
  if (json.type() == element_type::ARRAY)
    return fmt::format("Unrecognized collection type class java.lang.{}", type);
  if (json.type() == element_type::OBJECT) return "Start of structure or map found where not expected";
  if (is_number(json.type())) return fmt::format("{} cannot be converted to {}", number_token(json), type);
  if (json.type() == element_type::BOOL) {
    return fmt::format("{}_VALUE cannot be converted to {}",
                       json.get_bool().value_unsafe() ? "TRUE" : "FALSE", type);
  }
  return "Unexpected field type";
}

Failure read_string(element json, std::string_view& out) {
  if (json.get_string().get(out) == simdjson::SUCCESS) return {};
  return fail_string(json, "String");
}

// Whether the bits of the last digit that belong to no byte are zero, which not every decoder asks for.
bool has_clean_end(std::string_view base64) {
  const std::size_t last = base64.find_last_not_of('=');
  if (last == std::string_view::npos) return base64.empty();
  const std::size_t padding = base64.size() - last - 1;
  const std::string_view clean = padding == 0 ? "" : padding == 1 ? "AEIMQUYcgkosw048" : "AQgw";
  return clean.empty() || clean.find(base64[last]) != std::string_view::npos;
}

Failure read_blob(element json, std::string& out) {
  std::string_view text;
  if (json.get_string().get(text) != simdjson::SUCCESS) {
    if (json.type() == element_type::ARRAY) return "Unrecognized collection type class java.nio.ByteBuffer";
    if (json.type() == element_type::OBJECT) return "Start of structure or map found where not expected";
    return "only base-64-encoded strings are convertible to bytes";
  }
  if (text.size() % 4 != 0) {
    return fmt::format("Base64 encoded length is expected a multiple of 4 bytes but found: {}", text.size());
  }
  auto bytes = has_clean_end(text) ? base::base64_decode(text) : std::nullopt;
  if (!bytes) return "Invalid last non-pad Base64 character dectected";  // AWS's spelling
  out = std::move(*bytes);
  return {};
}

bool same_word(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

Failure read_bool(element json, bool& out) {
  if (json.get_bool().get(out) == simdjson::SUCCESS) return {};
  std::string_view text;
  if (json.get_string().get(text) != simdjson::SUCCESS) return fail_string(json, "Boolean");
  out = same_word(text, "true") || text == "1" || same_word(text, "yes");
  if (out || same_word(text, "false") || text == "0" || same_word(text, "no")) return {};
  return "Unexpected token received from parser";
}

Failure read_array(element json, simdjson::dom::array& out) {
  if (json.get_array().get(out) == simdjson::SUCCESS) return {};
  return json.type() == element_type::OBJECT ? "Start of structure or map found where not expected"
                                             : "Unexpected field type";
}

Failure read_map(element json, simdjson::dom::object& out) {
  if (json.get_object().get(out) == simdjson::SUCCESS) return {};
  if (json.type() == element_type::ARRAY) {
    return fmt::format("Unrecognized collection type java.util.Map<java.lang.String, {}AttributeValue>",
                       kWire);
  }
  return "Unexpected field type";
}

bool has_duplicates(const std::vector<std::string>& members) {
  if (members.size() <= kSmall) {
    for (std::size_t i = 1; i < members.size(); ++i) {
      if (std::find(members.begin(), members.begin() + i, members[i]) != members.begin() + i) return true;
    }
    return false;
  }
  std::vector<std::string_view> sorted(members.begin(), members.end());
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
}

// Sorting costs more than it saves below this; a filter of 64 bits tells most small maps apart without comparing names.
bool repeats_a_name(const Map& map) {
  const auto& members = map.members;
  if (members.size() > 2 * kSmall) {
    std::vector<std::string_view> names(members.size());
    std::transform(members.begin(), members.end(), names.begin(),
                   [](const auto& m) -> std::string_view { return m.first; });
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) != names.end();
  }
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    std::string_view name = members[i].first;
    std::size_t mixed = name.empty() ? 0
                                     : name.size() * 7 + static_cast<unsigned char>(name.back()) * 5 +
                                           static_cast<unsigned char>(name.front());
    std::uint64_t bit = std::uint64_t{1} << (mixed % 64);
    bool maybe = (seen & bit) != 0;
    seen |= bit;
    for (std::size_t k = 0; maybe && k < i; ++k) {
      if (members[k].first == name) return true;
    }
  }
  return false;
}

// JSON allows a name twice; the last one counts, as in AWS's parser.
void keep_last_of_each_name(Map& map) {
  auto& members = map.members;
  if (!repeats_a_name(map)) return;
  std::unordered_map<std::string, std::size_t> place;
  std::vector<std::pair<std::string, Value>> kept;
  for (auto& [name, value] : members) {
    auto [at, is_new] = place.try_emplace(name, kept.size());
    if (is_new) {
      kept.emplace_back(name, std::move(value));
    } else {
      kept[at->second].second = std::move(value);
    }
  }
  members = std::move(kept);
}

template <class... Args>
Value invalid(fmt::format_string<Args...> format, Args&&... args) {
  return Value{Invalid{fmt::format(format, std::forward<Args>(args)...)}};
}

class Decoder {
 public:
  Failure value(element json, int depth, Value& out) {
    simdjson::dom::object object;
    if (json.get_object().get(object) != simdjson::SUCCESS) return not_an_object(json, out);
    int types = 0;
    bool bad = false;
    for (auto field : object) {
      if (field.value.is_null()) continue;
      Value other;
      Value& next = types == 0 ? out : other;
      bool known = true;
      Failure failure = typed(field.key, field.value, depth, next, known);
      if (!failure.empty()) return failure;
      if (!known) continue;
      ++types;
      if (!bad && types > 1) out = std::move(other);
      bad = bad || std::holds_alternative<Invalid>(out.data);
    }
    if (types == 0) out = invalid("{}", kEmptyValue);
    if (types > 1 && !bad) out = invalid("{}", kManyTypes);
    return {};
  }

  Failure map(element json, int depth, Map& out) {
    simdjson::dom::object object;
    if (Failure failure = read_map(json, object); !failure.empty()) return failure;
    out.members.reserve(object.size());
    for (auto field : object) {
      auto& member = out.members.emplace_back(std::string(field.key), Value{});
      if (Failure failure = value(field.value, depth, member.second); !failure.empty()) return failure;
    }
    if (out.members.size() > 1) keep_last_of_each_name(out);
    return {};
  }

 private:
  static Failure not_an_object(element json, Value& out) {
    if (json.is_null()) {
      out = invalid("{}", kEmptyValue);
      return {};
    }
    if (json.type() == element_type::ARRAY) {
      return fmt::format("Unrecognized collection type class {}AttributeValue", kWire);
    }
    return "Unexpected value type in payload";
  }

  Failure typed(std::string_view type, element json, int depth, Value& out, bool& known) {
    if (type == "S") return string(json, out);
    if (type == "N") return number(json, out);
    if (type == "B") {
      Binary binary;
      Failure failure = read_blob(json, binary.bytes);
      out.data = std::move(binary);
      return failure;
    }
    if (type == "BOOL") {
      bool b = false;
      Failure failure = read_bool(json, b);
      out.data = b;
      return failure;
    }
    if (type == "NULL") return null(json, out);
    if (type == "M") return nested_map(json, depth, out);
    if (type == "L") return list(json, depth, out);
    if (type == "SS") return string_set(json, out);
    if (type == "NS") return number_set(json, out);
    if (type == "BS") return binary_set(json, out);
    known = false;
    return {};
  }

  static Failure string(element json, Value& out) {
    std::string_view text;
    Failure failure = read_string(json, text);
    if (failure.empty()) out.data = String{std::string(text)};
    return failure;
  }

  static Failure number(element json, Value& out) {
    std::string_view text;
    if (Failure failure = read_string(json, text); !failure.empty()) return failure;
    auto normal = normalize_number(text);
    if (normal) {
      out.data = Number{std::move(*normal)};
    } else {
      out.data = Invalid{number_error_message(normal.error(), text)};
    }
    return {};
  }

  static Failure null(element json, Value& out) {
    bool is_null = false;
    Failure failure = read_bool(json, is_null);
    if (is_null) {
      out.data = Null{};
    } else {
      out = invalid("{}Null attribute value types must have the value of true", kBadParameter);
    }
    return failure;
  }

  Failure nested_map(element json, int depth, Value& out) {
    if (depth >= kMaxNesting) {
      simdjson::dom::object object;
      Failure failure = read_map(json, object);
      if (failure.empty() && object.size() > 0) {
        out = invalid("{}", kTooDeep);
      } else {
        out.data = Map{};
      }
      return failure;
    }
    return map(json, depth + 1, out.data.emplace<Map>());
  }

  Failure list(element json, int depth, Value& out) {
    simdjson::dom::array array;
    if (Failure failure = read_array(json, array); !failure.empty()) return failure;
    if (depth >= kMaxNesting && array.size() > 0) {
      out = invalid("{}", kTooDeep);
      return {};
    }
    auto& members = out.data.emplace<List>().members;
    members.reserve(array.size());
    for (element child : array) {
      if (Failure failure = value(child, depth + 1, members.emplace_back()); !failure.empty()) return failure;
    }
    return {};
  }

  // Elements of a set as JSON has them, to be quoted in a message.
  static std::string listing(simdjson::dom::array array) {
    std::string text;
    for (element member : array) {
      if (!text.empty()) text += ", ";
      std::string_view s;
      if (member.get_string().get(s) == simdjson::SUCCESS) text += s;
    }
    return text;
  }

  static Failure string_set(element json, Value& out) {
    simdjson::dom::array array;
    if (Failure failure = read_array(json, array); !failure.empty()) return failure;
    StringSet set;
    for (element member : array) {
      std::string_view text;
      if (Failure failure = read_string(member, text); !failure.empty()) return failure;
      set.members.emplace_back(text);
    }
    if (set.members.empty()) {
      out = invalid("{}An string set  may not be empty", kBadParameter);  // AWS's two spaces
    } else if (has_duplicates(set.members)) {
      out = invalid("{}Input collection [{}] contains duplicates.", kBadParameter, listing(array));
    } else {
      std::ranges::sort(set.members);  // as AWS returns them
      out.data = std::move(set);
    }
    return {};
  }

  static Failure number_set(element json, Value& out) {
    simdjson::dom::array array;
    if (Failure failure = read_array(json, array); !failure.empty()) return failure;
    NumberSet set;
    std::string problem;
    for (element member : array) {
      std::string_view text;
      if (Failure failure = read_string(member, text); !failure.empty()) return failure;
      if (!problem.empty()) continue;
      auto normal = normalize_number(text);
      if (normal) {
        set.members.push_back(std::move(*normal));
      } else {
        problem = number_error_message(normal.error(), text);
      }
    }
    if (!problem.empty()) {
      out.data = Invalid{std::move(problem)};
    } else if (set.members.empty()) {
      out = invalid("{}An number set  may not be empty", kBadParameter);  // AWS's two spaces
    } else if (has_duplicates(set.members)) {
      out = invalid("Input collection contains duplicates");
    } else {
      out.data = std::move(set);
    }
    return {};
  }

  static Failure binary_set(element json, Value& out) {
    simdjson::dom::array array;
    if (Failure failure = read_array(json, array); !failure.empty()) return failure;
    BinarySet set;
    for (element member : array) {
      if (Failure failure = read_blob(member, set.members.emplace_back()); !failure.empty()) return failure;
    }
    if (set.members.empty()) {
      out = invalid("{}Binary sets should not be empty", kBadParameter);
    } else if (has_duplicates(set.members)) {
      out = invalid("{}Input collection [{}]of type BS contains duplicates.", kBadParameter, listing(array));
    } else {
      std::ranges::sort(set.members);
      out.data = std::move(set);
    }
    return {};
  }
};

const Invalid* first_invalid_of(const std::vector<Value>& values) {
  for (const auto& value : values) {
    if (auto* found = first_invalid(value)) return found;
  }
  return nullptr;
}

}  // namespace

base::Result<Value, SerializationError> decode_value(element json) {
  Value value;
  Failure failure = Decoder{}.value(json, 1, value);
  if (!failure.empty()) return base::fail(SerializationError{std::move(failure)});
  return value;
}

base::Result<Item, SerializationError> decode_item(element json) {
  Item item;
  Failure failure = Decoder{}.map(json, 1, item);
  if (!failure.empty()) return base::fail(SerializationError{std::move(failure)});
  return item;
}

base::Result<std::vector<Value>, SerializationError> decode_values(element json) {
  simdjson::dom::array array;
  Failure failure = read_array(json, array);
  std::vector<Value> values;
  if (failure.empty()) {
    for (element child : array) {
      failure = Decoder{}.value(child, 1, values.emplace_back());
      if (!failure.empty()) break;
    }
  }
  if (!failure.empty()) return base::fail(SerializationError{std::move(failure)});
  return values;
}

const Invalid* first_invalid(const Value& value) {
  if (auto* bad = std::get_if<Invalid>(&value.data)) return bad;
  if (auto* list = std::get_if<List>(&value.data)) return first_invalid_of(list->members);
  if (auto* map = std::get_if<Map>(&value.data)) return first_invalid(*map);
  return nullptr;
}

const Invalid* first_invalid(const Item& item) {
  for (const auto& [name, value] : item.members) {
    if (auto* found = first_invalid(value)) return found;
  }
  return nullptr;
}

}  // namespace millrace::table
