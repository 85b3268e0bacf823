// How shards end and what follows them: two children that share the parent's range of places, or one that has all of it. The
// owner of the handle does it in the commit that stores the new handle, so it happened whole or not at all.
// Pure; any thread.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html#Streams.Processing
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "engines/stream/reading.h"
#include "engines/stream/stream.h"
#include "store/store.h"

namespace millrace::stream {

struct Replacement {
  std::uint64_t shard = 0;    // the number of an open one
  std::optional<Place> at{};  // where the second child begins, within the range; nullopt: one child
};
// What replace_shards() reads.
std::vector<std::string> replacement_keys(std::uint64_t stream, const std::vector<Replacement>& replacements);
// Closes the parents and opens their children; the handle to append by from this commit on. Replacements of shards that are not
// open, or that would be too many, are left out.
base::Result<Handle, store::StoreError> replace_shards(store::Reader& view, store::Batch& batch,
                                                       Handle handle,
                                                       const std::vector<Replacement>& replacements,
                                                       base::WallTime now);

// Gives records of their shards to streams from before shards were replaced. At start, before anything reads or writes streams.
base::Task<base::Result<void, store::StoreError>> upgrade_streams(store::Store& store);

}  // namespace millrace::stream
