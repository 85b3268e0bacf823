// TestMetricFilter: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html
#include "shapes/logs/test_metric_filter.h"

#include "services/logs/filter_pattern.h"
#include "services/logs/groups.h"

namespace millrace::logs {

Answer<TestMetricFilterOutput> test_metric_filter(Logs&, const wire::RequestContext&,
                                                  TestMetricFilterInput input) {
  auto pattern = FilterPattern::parse(input.filter_pattern);
  if (!pattern) co_return base::fail(invalid("Invalid filter pattern: " + pattern.error()));
  FilterMatcher matcher(std::move(*pattern));
  TestMetricFilterOutput output;
  output.matches.emplace();
  std::int64_t number = 0;
  for (std::string& message : input.log_event_messages) {
    ++number;
    if (!matcher.matches(message)) continue;
    MetricFilterMatchRecord& record = output.matches->emplace_back();
    record.event_number = number;
    record.extracted_values = matcher.values(message);
    record.event_message = std::move(message);
  }
  co_return output;
}

}  // namespace millrace::logs
