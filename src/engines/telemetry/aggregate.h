// Aggregate: what is kept of the values a metric had within one bucket of time; and the statistics that can be asked of it.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html. Pure; one thread.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::telemetry {

struct Aggregate {
  double count = 0;
  double sum = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  // The values and how often each came, sorted. Over kMostValues neighbours are put together: ranks stay exact to about one in a
  // hundred, least and greatest stay what they were.
  std::vector<std::pair<double, double>> values;
  bool opaque = false;  // holds a statistic set whose values are not known: no percentiles

  static constexpr std::size_t kMostValues = 256;

  void add(double value, double times = 1);
  // A statistic set. Of one value, or of equal ones, everything is known.
  void add_set(double set_count, double set_sum, double set_min, double set_max);
  void merge(const Aggregate& other);
  bool empty() const { return count == 0 && values.empty() && !opaque; }

 private:
  void compress();
};

// For the store (docs/formats/telemetry.md).
std::string encode(const Aggregate& aggregate);
std::optional<Aggregate> decode_aggregate(std::string_view bytes);

struct Statistic {
  enum class Kind {
    kSampleCount,
    kSum,
    kAverage,
    kMinimum,
    kMaximum,
    kPercentile,      // p99
    kTrimmedMean,     // tm90, TM(10%:90%), TM(150:1000), IQM
    kWinsorizedMean,  // wm
    kTrimmedCount,    // tc
    kTrimmedSum,      // ts
    kPercentileRank   // PR(:300)
  };
  Kind kind = Kind::kAverage;
  double low = 0;
  double high = 100;
  bool absolute = false;  // the bounds are values, not percent

  bool basic() const { return kind <= Kind::kMaximum; }
};
std::optional<Statistic> parse_statistic(std::string_view text);
// nullopt: nothing was counted, or it needs values that are not known.
std::optional<double> evaluate(const Statistic& statistic, const Aggregate& aggregate);

}  // namespace millrace::telemetry
