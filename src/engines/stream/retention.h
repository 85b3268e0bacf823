// What keeps streams bounded: old records go, and shards and streams that were closed long enough go with them.
#pragma once

#include <chrono>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "store/store.h"

namespace millrace::stream {

constexpr std::chrono::hours kRetention{24};

struct TrimReport {
  std::size_t records = 0;
  std::size_t shards = 0;  // that their children have outlived
  std::size_t streams = 0;
};
// One round over all streams; the server calls it every minute or so. Safe to run twice at once.
base::Task<base::Result<TrimReport, store::StoreError>> trim_expired(
    store::Store& store, base::WallTime now, std::chrono::milliseconds retention = kRetention);

}  // namespace millrace::stream
