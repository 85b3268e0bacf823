// Embedded metric format: values that programs print as JSON become metrics.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
//
// A tap of the log store: events are looked at as they are committed. Any thread; never waits. The store must outlive it.
#pragma once

#include <string_view>
#include <vector>

#include "engines/telemetry/log_store.h"
#include "engines/telemetry/metric_store.h"

namespace millrace::logs {

// What one message says, for a group's account and region; nothing when it says nothing, or is not as the specification has it.
std::vector<telemetry::Sample> embedded_samples(const telemetry::GroupKey& group, std::string_view message,
                                                base::WallTime time);

class EmbeddedMetrics final : public telemetry::LogTap {
 public:
  explicit EmbeddedMetrics(telemetry::MetricStore& metrics) : metrics_(metrics) {}
  void stored(const std::vector<telemetry::StoredEvent>& events) override;

 private:
  telemetry::MetricStore& metrics_;
};

}  // namespace millrace::logs
