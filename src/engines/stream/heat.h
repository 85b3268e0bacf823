// Which shards take more than one shard should: writes counted in memory, per shard, over a short window. It is a hint and no more:
// who acts on it decides in a commit whether the shard is still there to be split. A restart forgets it; of several nodes
// each would count its own.
// Any thread; nothing waits.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "engines/stream/shards.h"
#include "engines/stream/stream.h"

namespace millrace::stream {

constexpr std::chrono::seconds kHeatWindow{10};

class ShardHeat {
 public:
  // A shard is hot when it takes more than `rate` units a second on average of a window. 0: none is ever.
  explicit ShardHeat(std::uint32_t rate) : limit_(std::uint64_t{rate} * kHeatWindow.count()) {}

  // A record that was appended by this handle. A replacement: its shard has just become hot, and its keys can be divided; at most one a
  // window for each shard.
  std::optional<Replacement> note(const Handle& handle, std::uint64_t hash, std::uint32_t units,
                                  base::SteadyTime now);

 private:
  // Of one shard, in the window at hand. The sample holds places of records, each with the same chance.
  struct Count {
    std::uint64_t units = 0;
    std::uint64_t records = 0;
    bool told = false;
    std::vector<std::uint32_t> sample;
  };
  struct Window {
    base::SteadyTime begin{};
    std::unordered_map<std::uint64_t, Count> counts;  // by number
  };
  void add_to_sample(Count& count, Place place);

  const std::uint64_t limit_;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Window> windows_;  // by stream
  std::uint64_t dice_ = 0x9e3779b97f4a7c15ULL;
};

// Where to divide these places so that both sides take a fair part of them; nullopt when one key has nearly all. Sorts them.
std::optional<Place> dividing_place(std::vector<std::uint32_t>& places);

}  // namespace millrace::stream
