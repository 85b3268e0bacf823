// Metric filters: what matches in a group's logs becomes values of metrics.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
//
// A tap of the log store matches events as they are committed; values go to the metric store, which never waits. Threads: any; what waits says
// so. What it is given must outlive it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "engines/catalog/catalog.h"
#include "engines/telemetry/log_store.h"
#include "engines/telemetry/metric_store.h"
#include "services/logs/filter_pattern.h"

namespace millrace::logs {

struct MetricTransform {
  std::string name;
  std::string name_space;
  std::string value;                              // a number, "$.field" or "$word"
  std::optional<double> default_value;            // for events that do not match
  std::map<std::string, std::string> dimensions;  // name to "$.field" or "$word"
  std::string unit = "None";
};

struct LogMetricFilter {
  telemetry::GroupKey group;
  std::string name;  // unique in its group
  std::string pattern;
  std::vector<MetricTransform> transforms;
  base::WallTime created{};
};

class MetricFilters final : public telemetry::LogTap {
 public:
  static constexpr std::size_t kMostOfAGroup = 100;  // AWS's quota
  enum class Outcome { kDone, kTooMany, kStoreFailed };

  MetricFilters(catalog::Catalog& catalog, telemetry::MetricStore& metrics)
      : catalog_(catalog), metrics_(metrics) {}

  // Reads what the catalog holds. Once, before anything else. False: the catalog cannot be read.
  base::Task<bool> load();
  // Makes or replaces. Its pattern parses.
  base::Task<Outcome> put(LogMetricFilter filter);
  // False: there is none of that name, or the catalog cannot be written.
  base::Task<bool> erase(telemetry::GroupKey group, std::string name);
  // Of one group by name, or of all groups of an account and region.
  std::vector<LogMetricFilter> of(const telemetry::GroupKey& group) const;
  std::vector<LogMetricFilter> all(const std::string& account, const std::string& region) const;

  void stored(const std::vector<telemetry::StoredEvent>& events) override;

 private:
  struct Active {
    LogMetricFilter filter;
    FilterMatcher matcher;
  };
  void insert(LogMetricFilter filter);
  void tell(Active& active, const telemetry::LogEvent& event);

  catalog::Catalog& catalog_;
  telemetry::MetricStore& metrics_;
  mutable std::mutex mutex_;
  std::map<telemetry::GroupKey, std::vector<Active>> active_;  // guarded by mutex_; of a group by name
};

}  // namespace millrace::logs
