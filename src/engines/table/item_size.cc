#include "engines/table/item_size.h"

#include "engines/table/number.h"

namespace millrace::table {
namespace {

constexpr std::size_t kDocumentOverhead = 3;  // of a list or map
constexpr std::size_t kElementOverhead = 1;   // of each element in one

template <class Members>
std::size_t total(const Members& members) {
  std::size_t size = 0;
  for (const auto& member : members)
    size += member.size();
  return size;
}

struct Sizer {
  std::size_t operator()(const Null&) const { return 1; }
  std::size_t operator()(bool) const { return 1; }
  std::size_t operator()(const String& s) const { return s.text.size(); }
  std::size_t operator()(const Number& n) const { return number_size(from_normal_text(n.text)); }
  std::size_t operator()(const Binary& b) const { return b.bytes.size(); }
  std::size_t operator()(const StringSet& s) const { return total(s.members); }
  std::size_t operator()(const NumberSet& s) const {
    std::size_t size = 0;
    for (const auto& member : s.members)
      size += number_size(from_normal_text(member));
    return size;
  }
  std::size_t operator()(const BinarySet& s) const { return total(s.members); }
  std::size_t operator()(const List& list) const {
    std::size_t size = kDocumentOverhead;
    for (const auto& member : list.members)
      size += kElementOverhead + value_size(member);
    return size;
  }
  std::size_t operator()(const Map& map) const {
    return kDocumentOverhead + kElementOverhead * map.members.size() + item_size(map);
  }
  std::size_t operator()(const Invalid&) const { return 0; }
};

}  // namespace

std::size_t value_size(const Value& value) {
  return std::visit(Sizer{}, value.data);
}

std::size_t item_size(const Item& item) {
  std::size_t size = 0;
  for (const auto& [name, value] : item.members)
    size += name.size() + value_size(value);
  return size;
}

}  // namespace millrace::table
