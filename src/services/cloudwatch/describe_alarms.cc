// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
#include "shapes/cloudwatch/describe_alarms.h"

#include <algorithm>

#include "services/cloudwatch/metrics.h"
#include "shapes/cloudwatch/errors.h"

namespace millrace::cloudwatch {
namespace {

bool has_action(const MetricAlarm& what, std::string_view prefix) {
  for (const auto* actions : {&what.ok_actions, &what.alarm_actions, &what.insufficient_data_actions}) {
    if (!*actions) continue;
    if (std::ranges::any_of(**actions, [&](const std::string& action) { return action.starts_with(prefix); }))
      return true;
  }
  return false;
}

bool wanted(const DescribeAlarmsInput& input, const Alarm& alarm) {
  if (input.alarm_names && std::ranges::find(*input.alarm_names, alarm.name()) == input.alarm_names->end())
    return false;
  if (input.alarm_name_prefix && !alarm.name().starts_with(*input.alarm_name_prefix)) return false;
  if (input.state_value && alarm.what.state_value != input.state_value) return false;
  return !input.action_prefix || has_action(alarm.what, *input.action_prefix);
}

}  // namespace

Answer<DescribeAlarmsOutput> describe_alarms(CloudWatch& service, const wire::RequestContext& context,
                                             DescribeAlarmsInput input) {
  if (input.alarm_names && input.alarm_name_prefix)
    co_return base::fail(invalid_combination("AlarmNamePrefix and AlarmNames are mutually exclusive"));
  if (input.children_of_alarm_name || input.parents_of_alarm_name)
    co_return base::fail(invalid_request("Millrace has no composite alarms"));
  std::string after;
  if (input.next_token) {
    auto position = read_token(*input.next_token);
    if (!position) co_return base::fail(invalid_next_token("Request parameter NextToken is invalid"));
    after = std::move(*position);
  }
  DescribeAlarmsOutput output;
  output.composite_alarms.emplace();
  auto& found = output.metric_alarms.emplace();
  // Without AlarmTypes, metric alarms are given too; composite ones there are none.
  if (input.alarm_types && std::ranges::find(*input.alarm_types, "MetricAlarm") == input.alarm_types->end())
    co_return output;
  const auto most = static_cast<std::size_t>(input.max_records.value_or(50));
  for (const Alarms::Ptr& alarm : service.alarms->list(context.account(), context.region)) {
    if (!after.empty() && alarm->name() <= after) continue;
    if (!wanted(input, *alarm)) continue;
    if (found.size() == most) {
      output.next_token = make_token(*found.back().alarm_name);
      break;
    }
    found.push_back(alarm->what);
  }
  co_return output;
}

}  // namespace millrace::cloudwatch
