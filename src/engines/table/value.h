// One DynamoDB attribute value, in memory: the engine's only representation of it. Plain data; no sharing;
// any thread may read a value nobody writes.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace millrace::table {

struct Value;

struct Null {
  bool operator==(const Null&) const = default;
};
struct String {
  std::string text;  // valid UTF-8
  bool operator==(const String&) const = default;
};
struct Number {
  std::string text;  // normal form (number.h): at most 38 significant digits; equal numbers have equal text
  bool operator==(const Number&) const = default;
};
struct Binary {
  std::string bytes;  // decoded from base64
  bool operator==(const Binary&) const = default;
};
// Sets of strings and binaries are in byte order once validated, as AWS returns them; a number set keeps the order it was given in. Equality
// ignores order. Never empty, no duplicates, once validated.
struct StringSet {
  std::vector<std::string> members;
};
struct NumberSet {
  std::vector<std::string> members;  // normal form
};
struct BinarySet {
  std::vector<std::string> members;
};
struct List {
  std::vector<Value> members;
};
// Attributes keep the order they were given in (AWS does not promise any); names are unique once validated.
// Lookup is linear: items have few attributes, and a scan of a short vector beats a tree.
struct Map {
  std::vector<std::pair<std::string, Value>> members;

  Value* find(std::string_view name);
  const Value* find(std::string_view name) const;
  void set(std::string_view name, Value value);  // replaces or appends
  bool erase(std::string_view name);
};

// What the wire carried where a good value should be. It lives only between decoding and validation
// (item_codec.h, first_invalid): never stored, never evaluated.
struct Invalid {
  std::string message;  // AWS's
};

struct Value {
  std::variant<Null, bool, String, Number, Binary, StringSet, NumberSet, BinarySet, List, Map, Invalid> data;
};

// clang walks in a circle when pair<string, Value> is instantiated before Value's destructor; this comes first.
namespace detail {
inline void instantiate_destructor(Value& value) {
  value.~Value();
}
}  // namespace detail

using Item = Map;

// The type's name on the wire: "S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"; "" for Invalid.
std::string_view type_name(const Value& value);
// Deep, with sets unordered and maps by name.
bool operator==(const Value& a, const Value& b);
bool operator==(const Map& a, const Map& b);

}  // namespace millrace::table
