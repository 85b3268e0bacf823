#include "store/overlay.h"

#include <algorithm>
#include <cstring>

namespace millrace::store {

void Overlay::put(std::string_view key, Value value) {
  const auto place = entries_.lower_bound(key);
  if (place != entries_.end() && place->first == key) {
    place->second = value;
    return;
  }
  auto* copy = static_cast<char*>(arena_.allocate(std::max<std::size_t>(key.size(), 1), 1));
  std::memcpy(copy, key.data(), key.size());
  entries_.emplace_hint(place, std::string_view(copy, key.size()), value);
}

void Overlay::del_range(const KeyRange& range) {
  if (range.begin >= range.end) return;
  entries_.erase(entries_.lower_bound(range.begin), entries_.lower_bound(range.end));
  deleted_.push_back(range);
}

void Overlay::clear() {
  entries_.clear();
  deleted_.clear();
  arena_.release();
}

bool Overlay::hides(std::string_view key) const {
  return std::any_of(deleted_.begin(), deleted_.end(),
                     [&](const KeyRange& range) { return key >= range.begin && key < range.end; });
}

}  // namespace millrace::store
