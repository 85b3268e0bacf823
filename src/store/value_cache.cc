#include "store/value_cache.h"

#include <functional>

namespace millrace::store {

namespace {
constexpr std::size_t kEntryBytes = 160;         // list node, table node, two strings' heads
constexpr std::size_t kLargestPartOfShard = 16;  // one value takes at most this part of it
}  // namespace

std::size_t ValueCache::cost(const Entry& entry) {
  return entry.key.size() + entry.value.size() + kEntryBytes;
}

ValueCache::Shard& ValueCache::shard_of(std::string_view key) {
  // The table inside the shard uses the low bits.
  return shards_[std::hash<std::string_view>{}(key) >> 32 & (kShards - 1)];
}

void ValueCache::Shard::erase(Entries::iterator entry) {
  bytes -= cost(*entry);
  by_key.erase(entry->key);
  entries.erase(entry);
}

void ValueCache::Shard::clear() {
  by_key.clear();
  entries.clear();
  bytes = 0;
}

std::optional<std::string> ValueCache::find(std::string_view key, Miss& miss) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.by_key.find(key);
  if (found == shard.by_key.end()) {
    miss = {shard.begun, shard.begun == shard.ended};
    return std::nullopt;
  }
  shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
  return found->second->value;
}

void ValueCache::insert(std::string_view key, std::string_view value, const Miss& miss) {
  if (!miss.insertable || value.size() > max_shard_bytes_ / kLargestPartOfShard) return;
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  if (shard.begun != miss.writes || shard.by_key.contains(key)) return;
  shard.entries.push_front({std::string(key), std::string(value)});
  shard.by_key.emplace(shard.entries.front().key, shard.entries.begin());
  shard.bytes += cost(shard.entries.front());
  while (shard.bytes > max_shard_bytes_)
    shard.erase(std::prev(shard.entries.end()));
}

template <class F>
void ValueCache::on_shards_of(const Overlay& writes, F f) {
  if (writes.deletes_ranges()) {
    for (Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      f(shard, std::nullopt);
    }
  }
  for (const auto& [key, value] : writes.entries()) {
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    f(shard, std::optional(key));
  }
}

void ValueCache::write_begins(const Overlay& writes) {
  on_shards_of(writes, [](Shard& shard, std::optional<std::string_view> key) {
    ++shard.begun;
    if (!key) return shard.clear();
    const auto found = shard.by_key.find(*key);
    if (found != shard.by_key.end()) shard.erase(found->second);
  });
}

void ValueCache::write_ended(const Overlay& writes) {
  on_shards_of(writes, [](Shard& shard, std::optional<std::string_view>) { ++shard.ended; });
}

}  // namespace millrace::store
