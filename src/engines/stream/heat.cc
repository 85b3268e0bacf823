#include "engines/stream/heat.h"

#include <algorithm>

namespace millrace::stream {

namespace {

constexpr std::size_t kSample = 128;
// Windows of streams that are gone stay until there are this many; one forgotten too early only begins anew.
constexpr std::size_t kMaxStreams = 16384;
// A side that would take less than this part of the records is not worth a shard.
constexpr std::size_t kFairPart = 8;

}  // namespace

std::optional<Place> dividing_place(std::vector<std::uint32_t>& places) {
  std::ranges::sort(places);
  const std::size_t count = places.size(), middle = count / 2;
  // The boundary between two keys that is nearest to the middle.
  for (std::size_t off = 0; off <= middle; ++off) {
    for (const std::size_t at : {middle - off, middle + off}) {
      if (at == 0 || at >= count || places[at - 1] == places[at]) continue;
      if (std::min(at, count - at) * kFairPart < count) return std::nullopt;
      return places[at];
    }
  }
  return std::nullopt;
}

// Reservoir sampling: no pattern of writes can hide keys from it.
void ShardHeat::add_to_sample(Count& count, Place place) {
  ++count.records;
  if (count.sample.size() < kSample) {
    count.sample.push_back(static_cast<std::uint32_t>(place));
    return;
  }
  dice_ ^= dice_ << 13;
  dice_ ^= dice_ >> 7;
  dice_ ^= dice_ << 17;
  const std::uint64_t at = (dice_ >> 32) * count.records >> 32;  // below `records`, without a division
  if (at < kSample) count.sample[at] = static_cast<std::uint32_t>(place);
}

std::optional<Replacement> ShardHeat::note(const Handle& handle, std::uint64_t hash, std::uint32_t units,
                                           base::SteadyTime now) {
  if (limit_ == 0) return std::nullopt;
  const Place place = place_of(hash);
  const std::uint64_t number = handle.shard_at(place).number;
  const std::lock_guard lock(mutex_);
  if (windows_.size() >= kMaxStreams && !windows_.contains(handle.id)) windows_.clear();
  Window& window = windows_[handle.id];
  if (now - window.begin >= kHeatWindow) window = {now, {}};
  Count& count = window.counts[number];
  add_to_sample(count, place);
  count.units += units;
  if (count.told || count.units <= limit_) return std::nullopt;
  count.told = true;
  const auto at = dividing_place(count.sample);
  if (!at) return std::nullopt;
  return Replacement{number, at};
}

}  // namespace millrace::stream
