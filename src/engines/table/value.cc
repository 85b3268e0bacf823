#include "engines/table/value.h"

#include <algorithm>
#include <array>

namespace millrace::table {
namespace {

// Small sets compare by search; large ones by sorting, so that equality never costs the square of a set's
// size.
constexpr std::size_t kSmallSet = 16;

bool same_members(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.size() != b.size()) return false;
  if (a == b) return true;
  if (a.size() <= kSmallSet) {
    return std::all_of(a.begin(), a.end(),
                       [&](const auto& member) { return std::find(b.begin(), b.end(), member) != b.end(); });
  }
  std::vector<std::string_view> x(a.begin(), a.end());
  std::vector<std::string_view> y(b.begin(), b.end());
  std::sort(x.begin(), x.end());
  std::sort(y.begin(), y.end());
  return x == y;
}

template <class T>
bool equal(const T& a, const T& b) {
  if constexpr (std::is_same_v<T, Invalid>) {
    return false;
  } else if constexpr (std::is_same_v<T, StringSet> || std::is_same_v<T, NumberSet> ||
                       std::is_same_v<T, BinarySet> || std::is_same_v<T, List>) {
    if constexpr (std::is_same_v<T, List>) {
      return a.members == b.members;
    } else {
      return same_members(a.members, b.members);
    }
  } else {
    return a == b;
  }
}

}  // namespace

Value* Map::find(std::string_view name) {
  for (auto& [key, value] : members) {
    if (key == name) return &value;
  }
  return nullptr;
}

const Value* Map::find(std::string_view name) const {
  return const_cast<Map*>(this)->find(name);
}

void Map::set(std::string_view name, Value value) {
  if (Value* old = find(name)) {
    *old = std::move(value);
  } else {
    members.emplace_back(name, std::move(value));
  }
}

bool Map::erase(std::string_view name) {
  auto at =
      std::find_if(members.begin(), members.end(), [&](const auto& member) { return member.first == name; });
  if (at == members.end()) return false;
  members.erase(at);
  return true;
}

std::string_view type_name(const Value& value) {
  static constexpr std::array<std::string_view, 11> kNames = {"NULL", "BOOL", "S", "N", "B", "SS",
                                                              "NS",   "BS",   "L", "M", ""};
  static_assert(std::variant_size_v<decltype(Value::data)> == kNames.size());
  return kNames[value.data.index()];
}

bool operator==(const Value& a, const Value& b) {
  if (a.data.index() != b.data.index()) return false;
  return std::visit([&](const auto& x) { return equal(x, std::get<std::decay_t<decltype(x)>>(b.data)); },
                    a.data);
}

bool operator==(const Map& a, const Map& b) {
  if (a.members.size() != b.members.size()) return false;
  for (std::size_t i = 0; i < a.members.size(); ++i) {
    const auto& [name, value] = a.members[i];
    const Value* other = b.members[i].first == name ? &b.members[i].second : b.find(name);
    if (!other || !(value == *other)) return false;
  }
  return true;
}

}  // namespace millrace::table
