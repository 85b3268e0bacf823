#include "store/store.h"

namespace millrace::store {

KeyRange prefix_range(std::string_view prefix) {
  KeyRange range{std::string(prefix), std::string(prefix)};
  while (!range.end.empty() && range.end.back() == '\xff')
    range.end.pop_back();
  if (!range.end.empty())
    range.end.back() = static_cast<char>(static_cast<unsigned char>(range.end.back()) + 1);
  return range;
}

}  // namespace millrace::store
