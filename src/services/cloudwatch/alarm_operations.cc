// The operations on metric alarms but PutMetricAlarm and DescribeAlarms.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html, DeleteAlarms, DescribeAlarmsForMetric,
// DescribeAlarmHistory, EnableAlarmActions, DisableAlarmActions, TagResource, UntagResource, ListTagsForResource.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "services/cloudwatch/metrics.h"
#include "shapes/cloudwatch/delete_alarms.h"
#include "shapes/cloudwatch/describe_alarm_history.h"
#include "shapes/cloudwatch/describe_alarms_for_metric.h"
#include "shapes/cloudwatch/disable_alarm_actions.h"
#include "shapes/cloudwatch/enable_alarm_actions.h"
#include "shapes/cloudwatch/errors.h"
#include "shapes/cloudwatch/list_tags_for_resource.h"
#include "shapes/cloudwatch/set_alarm_state.h"
#include "shapes/cloudwatch/tag_resource.h"
#include "shapes/cloudwatch/untag_resource.h"
#include "wire/json_value.h"

namespace millrace::cloudwatch {
namespace {

using Done = base::Result<void, wire::ServiceError>;
constexpr std::size_t kMostTags = 50;

std::optional<wire::ServiceError> error_of(Alarms::Outcome outcome) {
  if (outcome == Alarms::Outcome::kStoreFailed) return store_failed();
  if (outcome == Alarms::Outcome::kTooMany)
    return limit_exceeded_fault(fmt::format("There may be at most {} alarms.", Alarms::kMost));
  return std::nullopt;
}

// The alarm that an ARN names: arn:aws:cloudwatch:region:account:alarm:name.
base::Result<Alarms::Ptr, wire::ServiceError> alarm_of_arn(CloudWatch& service, std::string_view arn) {
  const auto parts = base::split(arn, ':');
  if (parts.size() < 7 || parts[0] != "arn" || parts[2] != "cloudwatch")
    return base::fail(invalid_value(fmt::format("The value {} for parameter ResourceARN is invalid.", arn)));
  const std::size_t name = static_cast<std::size_t>(parts[6].data() - arn.data());
  Alarms::Ptr alarm;
  if (parts[5] == "alarm")
    alarm = service.alarms->find(std::string(parts[4]), std::string(parts[3]), std::string(arn.substr(name)));
  if (alarm) return alarm;
  ResourceNotFoundException missing;
  missing.message = "Unknown";
  missing.resource_type = "alarm";
  missing.resource_id = std::string(arn);
  return base::fail(to_error(missing));
}

base::Task<Done> change(CloudWatch& service, Alarm alarm) {
  const Alarms::Outcome outcome = co_await service.alarms->put(std::move(alarm));
  if (auto error = error_of(outcome)) co_return base::fail(std::move(*error));
  co_return Done();
}

base::Task<Done> set_actions(CloudWatch& service, const wire::RequestContext& context,
                             const std::vector<std::string>& names, bool enabled) {
  for (const std::string& name : names) {
    const Alarms::Ptr alarm = service.alarms->find(context.account(), context.region, name);
    if (alarm == nullptr) continue;  // as AWS, which says nothing of those it does not have
    Alarm copy = *alarm;
    copy.what.actions_enabled = enabled;
    copy.what.alarm_configuration_updated_timestamp = context.now;
    copy.note(context.now, "ConfigurationUpdate", fmt::format("Alarm \"{}\" updated", name), "{}");
    Done done = co_await change(service, std::move(copy));
    if (!done) co_return done;
  }
  co_return Done();
}

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

Answer<DeleteAlarmsOutput> delete_alarms(CloudWatch& service, const wire::RequestContext& context,
                                         DeleteAlarmsInput input) {
  for (const std::string& name : input.alarm_names) {
    const Alarms::Outcome outcome = co_await service.alarms->erase(context.account(), context.region, name);
    if (auto error = error_of(outcome)) co_return base::fail(std::move(*error));
  }
  co_return DeleteAlarmsOutput{};
}

Answer<EnableAlarmActionsOutput> enable_alarm_actions(CloudWatch& service,
                                                      const wire::RequestContext& context,
                                                      EnableAlarmActionsInput input) {
  Done done = co_await set_actions(service, context, input.alarm_names, true);
  if (!done) co_return base::fail(std::move(done.error()));
  co_return EnableAlarmActionsOutput{};
}

Answer<DisableAlarmActionsOutput> disable_alarm_actions(CloudWatch& service,
                                                        const wire::RequestContext& context,
                                                        DisableAlarmActionsInput input) {
  Done done = co_await set_actions(service, context, input.alarm_names, false);
  if (!done) co_return base::fail(std::move(done.error()));
  co_return DisableAlarmActionsOutput{};
}

Answer<SetAlarmStateOutput> set_alarm_state(CloudWatch& service, const wire::RequestContext& context,
                                            SetAlarmStateInput input) {
  if (input.state_reason_data) {
    wire::JsonParser parser;
    if (!parser.parse(*input.state_reason_data))
      co_return base::fail(invalid_format_fault("StateReasonData is not valid JSON."));
  }
  Alarms::Ptr alarm = service.alarms->find(context.account(), context.region, input.alarm_name);
  if (alarm == nullptr) co_return base::fail(resource_not_found(""));
  AlarmDecision decision{std::move(input.state_value), std::move(input.state_reason),
                         input.state_reason_data.value_or("")};
  const Alarms::Outcome outcome = co_await service.alarms->set_state(std::move(alarm), std::move(decision));
  if (auto error = error_of(outcome)) co_return base::fail(std::move(*error));
  co_return SetAlarmStateOutput{};
}

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

Answer<TagResourceOutput> tag_resource(CloudWatch& service, const wire::RequestContext&,
                                       TagResourceInput input) {
  auto alarm = alarm_of_arn(service, input.resource_arn);
  if (!alarm) co_return base::fail(std::move(alarm.error()));
  Alarm copy = **alarm;
  for (Tag& tag : input.tags)
    copy.tags[tag.key] = std::move(tag.value);
  if (copy.tags.size() > kMostTags)
    co_return base::fail(invalid_value("A resource may have at most 50 tags."));
  Done done = co_await change(service, std::move(copy));
  if (!done) co_return base::fail(std::move(done.error()));
  co_return TagResourceOutput{};
}

Answer<UntagResourceOutput> untag_resource(CloudWatch& service, const wire::RequestContext&,
                                           UntagResourceInput input) {
  auto alarm = alarm_of_arn(service, input.resource_arn);
  if (!alarm) co_return base::fail(std::move(alarm.error()));
  Alarm copy = **alarm;
  for (const std::string& key : input.tag_keys)
    copy.tags.erase(key);
  Done done = co_await change(service, std::move(copy));
  if (!done) co_return base::fail(std::move(done.error()));
  co_return UntagResourceOutput{};
}

Answer<ListTagsForResourceOutput> list_tags_for_resource(CloudWatch& service, const wire::RequestContext&,
                                                         ListTagsForResourceInput input) {
  auto alarm = alarm_of_arn(service, input.resource_arn);
  if (!alarm) co_return base::fail(std::move(alarm.error()));
  ListTagsForResourceOutput output;
  output.tags.emplace();
  for (const auto& [key, value] : (*alarm)->tags) {
    Tag& tag = output.tags->emplace_back();
    tag.key = key;
    tag.value = value;
  }
  co_return output;
}

}  // namespace millrace::cloudwatch
