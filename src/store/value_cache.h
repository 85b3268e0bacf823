// Values that were read lately: a key that is read often costs one look into a hash table instead of a walk through RocksDB's
// memtables and files. Holds only what the database holds now: a write takes its keys out before it begins, and what was read
// while it lasted is not taken in.
// Any thread. Never waits for the disk.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/overlay.h"

namespace millrace::store {

class ValueCache {
 public:
  explicit ValueCache(std::size_t max_bytes) : max_shard_bytes_(max_bytes / kShards) {}

  // With nothing found, `miss` says whether what the caller then reads in the database may be inserted.
  struct Miss {
    std::uint64_t writes = 0;
    bool insertable = false;
  };
  std::optional<std::string> find(std::string_view key, Miss& miss);
  // Nothing happens when the key may have been written since the miss, or when the value is large.
  void insert(std::string_view key, std::string_view value, const Miss& miss);

  // Around the writing of `writes` to the database, whether it succeeds or not.
  void write_begins(const Overlay& writes);
  void write_ended(const Overlay& writes);

 private:
  static constexpr std::size_t kShards = 32;
  struct Entry {
    std::string key, value;
  };
  using Entries = std::list<Entry>;  // the one read last comes first
  struct Shard {
    std::mutex mutex;
    Entries entries;
    std::unordered_map<std::string_view, Entries::iterator> by_key;
    std::size_t bytes = 0;
    std::uint64_t begun = 0, ended = 0;  // writes of keys that belong here

    void erase(Entries::iterator entry);
    void clear();
  };
  static std::size_t cost(const Entry& entry);
  Shard& shard_of(std::string_view key);
  // f(shard, key) under the shard's lock, for each key; without a key for every shard when a range is deleted.
  template <class F>
  void on_shards_of(const Overlay& writes, F f);

  const std::size_t max_shard_bytes_;
  std::array<Shard, kShards> shards_;
};

}  // namespace millrace::store
