// Writes that later decisions must see before the database holds them: a small sorted map over the bytes of a batch that
// is being gathered or written. Values stay in the batch; the overlay keeps their place. One thread at a time.
#pragma once

#include <cstddef>
#include <map>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace millrace::store {

class Overlay {
 public:
  struct Value {
    std::size_t offset = 0;  // into the batch's bytes
    std::size_t size = 0;
    bool deleted = false;
  };
  using Entries = std::pmr::map<std::string_view, Value, std::less<>>;

  void put(std::string_view key, Value value);
  void del_range(const KeyRange& range);  // range.end is not empty
  void clear();

  bool empty() const { return entries_.empty() && deleted_.empty(); }
  const Value* find(std::string_view key) const {
    const auto entry = entries_.find(key);
    return entry == entries_.end() ? nullptr : &entry->second;
  }
  bool deletes_ranges() const { return !deleted_.empty(); }
  // Whether a range deletion covers the key; entries written after it are in entries() and win.
  bool hides(std::string_view key) const;
  const Entries& entries() const { return entries_; }

 private:
  std::pmr::monotonic_buffer_resource arena_{16 << 10};
  Entries entries_{&arena_};
  std::vector<KeyRange> deleted_;
};

}  // namespace millrace::store
