// MetricStore: the values of metrics, aggregated by second, minute, five minutes and hour, each kept as long as CloudWatch keeps it
// (3 hours, 15, 63 and 455 days). https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
//
// record() never waits and never fails: values are summed up in memory and reach the store in batches; a crash loses at most
// `flush_interval`. flush() makes durable what was recorded before it. Beyond the limits, new series are dropped and counted.
//
// Threads: record(), list() any; load(), run(), flush(), read(), expire() on the owner's executors. Store and Clock must outlive it.
// Layout: docs/formats/telemetry.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/experimental/concurrent_channel.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "engines/telemetry/aggregate.h"
#include "store/store.h"

namespace millrace::telemetry {

using Dimensions = std::vector<std::pair<std::string, std::string>>;  // sorted by name

struct MetricKey {
  std::string account;
  std::string region;
  std::string name_space;  // "AWS/Lambda"
  std::string name;
  Dimensions dimensions;
  auto operator<=>(const MetricKey&) const = default;
};

struct Sample {
  MetricKey key;
  std::string unit = "None";
  base::WallTime time;
  Aggregate values;
  bool fine = false;  // StorageResolution 1: kept by the second too
};

struct MetricInfo {
  MetricKey key;
  base::WallTime last;  // newest value
};

// Buckets of one unit, by the second they begin at.
struct MetricSeries {
  std::string unit;
  std::map<std::int64_t, Aggregate> buckets;
};

struct MetricRange {
  MetricKey key;
  std::optional<std::string> unit;  // nullopt: every unit, each by itself
  std::int64_t from = 0;            // seconds, inclusive; buckets count from here
  std::int64_t to = 0;              // exclusive
  std::int64_t period = 60;         // seconds
};

struct MetricStoreOptions {
  std::chrono::milliseconds flush_interval{1000};
  std::size_t most_series = 100'000;   // of metric and unit
  std::size_t most_waiting = 500'000;  // buckets in memory
  std::size_t batch = 1024;            // of buckets in a commit
};

class MetricStore {
 public:
  MetricStore(store::Store& store, base::Clock& clock, MetricStoreOptions options = {});

  // Reads which series there are. Once, before anything else. False: the store cannot be read.
  base::Task<bool> load();
  void record(Sample sample);
  // Writes until stop(); then writes what is left and completes. Spawn once.
  base::Task<> run();
  void stop();
  // Completes when all that was recorded before is in the store. False: the store refused some of it.
  base::Task<bool> flush();

  // Sees everything recorded before the call.
  base::Task<base::Result<std::vector<MetricSeries>, store::StoreError>> read(MetricRange range);

  // Metrics in order, each once, `after` (a position that an earlier page ended with; empty: from the start) exclusive.
  struct Page {
    std::vector<MetricInfo> metrics;
    std::string next;  // empty: no more
  };
  using Accept = std::function<bool(const MetricInfo&)>;
  Page list(std::string_view account, std::string_view region, std::string_view after, std::size_t limit,
            const Accept& accept) const;

  // Forgets buckets, and series, that are older than they are kept.
  base::Task<> expire();
  std::uint64_t dropped() const;

 private:
  struct Waiting {
    Aggregate values;
    bool fine = false;
  };
  struct Series {
    MetricKey key;
    std::string unit;
    base::WallTime last;
    std::map<std::int64_t, Waiting> waiting;  // by second
  };
  class Write;
  using Written = boost::asio::experimental::concurrent_channel<void(boost::system::error_code)>;
  bool take(Write& write);  // false: nothing waits
  base::Task<bool> write_batch(bool& refused);

  store::Store& store_;
  base::Clock& clock_;
  MetricStoreOptions options_;
  mutable std::mutex mutex_;
  std::map<std::string, Series, std::less<>> series_;  // guarded by mutex_; by encoded key
  std::vector<std::string> touched_;                   // guarded by mutex_; series with waiting buckets
  std::size_t waiting_ = 0;                            // guarded by mutex_
  std::uint64_t dropped_ = 0;                          // guarded by mutex_
  std::size_t writing_ = 0;                            // guarded by mutex_
  std::vector<std::shared_ptr<Written>> flushing_;     // guarded by mutex_
  bool stopped_ = false;                               // guarded by mutex_
};

}  // namespace millrace::telemetry
