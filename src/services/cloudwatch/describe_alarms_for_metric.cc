// DescribeAlarmsForMetric: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmsForMetric.html
#include "shapes/cloudwatch/describe_alarms_for_metric.h"

#include <algorithm>

#include "services/cloudwatch/metrics.h"

namespace millrace::cloudwatch {
namespace {

bool watches(const MetricAlarm& what, const DescribeAlarmsForMetricInput& asked) {
  if (what.metric_name != asked.metric_name || what.namespace_ != asked.namespace_) return false;
  if (asked.statistic && what.statistic != asked.statistic) return false;
  if (asked.extended_statistic && what.extended_statistic != asked.extended_statistic) return false;
  if (asked.period && what.period != asked.period) return false;
  if (asked.unit && what.unit != asked.unit) return false;
  const auto sorted = [](const std::optional<std::vector<Dimension>>& dimensions) {
    telemetry::Dimensions out;
    if (!dimensions) return out;
    for (const Dimension& dimension : *dimensions)
      out.emplace_back(dimension.name, dimension.value);
    std::ranges::sort(out);
    return out;
  };
  return sorted(what.dimensions) == sorted(asked.dimensions);
}

}  // namespace

Answer<DescribeAlarmsForMetricOutput> describe_alarms_for_metric(CloudWatch& service,
                                                                 const wire::RequestContext& context,
                                                                 DescribeAlarmsForMetricInput input) {
  DescribeAlarmsForMetricOutput output;
  output.metric_alarms.emplace();
  for (const Alarms::Ptr& alarm : service.alarms->list(context.account(), context.region)) {
    if (watches(alarm->what, input)) output.metric_alarms->push_back(alarm->what);
  }
  co_return output;
}

}  // namespace millrace::cloudwatch
