// DescribeAlarmHistory: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
#include "shapes/cloudwatch/describe_alarm_history.h"

#include <algorithm>
#include <charconv>

#include "services/cloudwatch/metrics.h"
#include "shapes/cloudwatch/errors.h"

namespace millrace::cloudwatch {

Answer<DescribeAlarmHistoryOutput> describe_alarm_history(CloudWatch& service,
                                                          const wire::RequestContext& context,
                                                          DescribeAlarmHistoryInput input) {
  std::size_t skip = 0;
  if (input.next_token) {
    const auto position = read_token(*input.next_token);
    const char* end = position ? position->data() + position->size() : nullptr;
    if (!position || std::from_chars(position->data(), end, skip).ptr != end)
      co_return base::fail(invalid_next_token("Request parameter NextToken is invalid"));
  }
  std::vector<AlarmHistoryItem> found;
  for (const Alarms::Ptr& alarm : service.alarms->list(context.account(), context.region)) {
    if (input.alarm_name && alarm->name() != *input.alarm_name) continue;
    for (const AlarmHistory& item : alarm->history) {
      if (input.history_item_type && item.type != *input.history_item_type) continue;
      if (input.start_date && item.time < *input.start_date) continue;
      if (input.end_date && item.time > *input.end_date) continue;
      AlarmHistoryItem& out = found.emplace_back();
      out.alarm_name = alarm->name();
      out.alarm_type = "MetricAlarm";
      out.timestamp = item.time;
      out.history_item_type = item.type;
      out.history_summary = item.summary;
      out.history_data = item.data;
    }
  }
  const bool ascending = input.scan_by == "TimestampAscending";
  std::ranges::stable_sort(found, {}, &AlarmHistoryItem::timestamp);
  if (!ascending) std::ranges::reverse(found);
  DescribeAlarmHistoryOutput output;
  const std::size_t begin = std::min(skip, found.size());
  const std::size_t end =
      std::min(found.size(), begin + static_cast<std::size_t>(input.max_records.value_or(100)));
  output.alarm_history_items.emplace(found.begin() + static_cast<std::ptrdiff_t>(begin),
                                     found.begin() + static_cast<std::ptrdiff_t>(end));
  if (end < found.size()) output.next_token = make_token(std::to_string(end));
  co_return output;
}

}  // namespace millrace::cloudwatch
