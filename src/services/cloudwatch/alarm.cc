#include "services/cloudwatch/alarm.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "shapes/cloudwatch/put_metric_alarm.h"
#include "wire/json_value.h"
#include "wire/json_writer.h"
#include "wire/shape_codec.h"

namespace millrace::cloudwatch {
namespace {

void text_member(std::string& out, std::string_view name, std::string_view value) {
  out.append(out.back() == '{' ? "\"" : ",\"").append(name).append("\":");
  wire::append_json_string(out, value);
}

std::string text_of(const wire::Json& json, std::string_view name) {
  const wire::Json value = json.find(name);
  return value.kind() == wire::JsonKind::kString ? std::string(value.as_string()) : std::string();
}
base::WallTime time_of(const wire::Json& json, std::string_view name) {
  const wire::Json value = json.find(name);
  const bool number = value.kind() == wire::JsonKind::kInt || value.kind() == wire::JsonKind::kDouble;
  const double seconds = number ? value.as_double() : 0;
  return base::WallTime(std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6)));
}

// What PutMetricAlarm is told and what an alarm shows have the same names: the one's decoder reads what the other's encoder wrote.
void take_definition(PutMetricAlarmInput& from, MetricAlarm& to) {
  to.alarm_name = std::move(from.alarm_name);
  to.alarm_description = std::move(from.alarm_description);
  to.actions_enabled = from.actions_enabled.value_or(true);
  to.ok_actions = from.ok_actions ? std::move(from.ok_actions) : std::vector<std::string>();
  to.alarm_actions = from.alarm_actions ? std::move(from.alarm_actions) : std::vector<std::string>();
  to.insufficient_data_actions =
      from.insufficient_data_actions ? std::move(from.insufficient_data_actions) : std::vector<std::string>();
  to.metric_name = std::move(from.metric_name);
  to.namespace_ = std::move(from.namespace_);
  to.statistic = std::move(from.statistic);
  to.extended_statistic = std::move(from.extended_statistic);
  to.dimensions = from.dimensions ? std::move(from.dimensions) : std::vector<Dimension>();
  to.period = from.period;
  to.unit = std::move(from.unit);
  to.evaluation_periods = from.evaluation_periods;
  to.datapoints_to_alarm = from.datapoints_to_alarm;
  to.threshold = from.threshold;
  to.comparison_operator = std::move(from.comparison_operator);
  to.treat_missing_data = std::move(from.treat_missing_data);
  to.evaluate_low_sample_count_percentile = std::move(from.evaluate_low_sample_count_percentile);
  to.metrics = std::move(from.metrics);
}

}  // namespace

MetricAlarm definition_of(PutMetricAlarmInput input) {
  MetricAlarm out;
  take_definition(input, out);
  return out;
}

void Alarm::note(base::WallTime time, std::string type, std::string summary, std::string data) {
  history.push_back({time, std::move(type), std::move(summary), std::move(data)});
  if (history.size() > kMostHistory) history.pop_front();
}

std::int64_t period_of(const Alarm& alarm) {
  if (alarm.what.period) return *alarm.what.period;
  std::int64_t period = 60;
  if (!alarm.what.metrics) return period;
  for (const MetricDataQuery& query : *alarm.what.metrics) {
    if (!query.return_data.value_or(true)) continue;
    if (query.metric_stat) return query.metric_stat->period;
    if (query.period) return *query.period;
  }
  for (const MetricDataQuery& query : *alarm.what.metrics) {
    if (query.metric_stat) period = std::max<std::int64_t>(period, query.metric_stat->period);
  }
  return period;
}

std::string encode_alarm(const Alarm& alarm) {
  std::string out = "{";
  text_member(out, "account", alarm.account);
  text_member(out, "region", alarm.region);
  out += ",\"alarm\":";
  encode(alarm.what, out);
  out += ",\"tags\":{";
  for (const auto& [key, value] : alarm.tags)
    text_member(out, key, value);
  out += "},\"history\":[";
  for (const AlarmHistory& item : alarm.history) {
    out += out.back() == '[' ? "{" : ",{";
    text_member(out, "type", item.type);
    text_member(out, "summary", item.summary);
    text_member(out, "data", item.data);
    out += ",\"time\":";
    wire::append_timestamp(out, item.time, wire::TimestampFormat::kEpochSeconds);
    out += '}';
  }
  return out + "]}";
}

std::optional<Alarm> decode_alarm(std::string_view document) {
  wire::JsonParser parser;
  if (!parser.parse(document)) return std::nullopt;
  const wire::Json root = parser.root(), json = root.find("alarm");
  PutMetricAlarmInput input;
  wire::DecodeErrors errors;
  if (json.kind() != wire::JsonKind::kObject || !decode(json, wire::Place::kField, input, errors))
    return std::nullopt;
  Alarm out;
  out.account = text_of(root, "account");
  out.region = text_of(root, "region");
  take_definition(input, out.what);
  out.what.alarm_arn = text_of(json, "AlarmArn");
  out.what.state_value = text_of(json, "StateValue");
  out.what.state_reason = text_of(json, "StateReason");
  if (auto data = text_of(json, "StateReasonData"); !data.empty())
    out.what.state_reason_data = std::move(data);
  out.what.alarm_configuration_updated_timestamp = time_of(json, "AlarmConfigurationUpdatedTimestamp");
  out.what.state_updated_timestamp = time_of(json, "StateUpdatedTimestamp");
  out.what.state_transitioned_timestamp = time_of(json, "StateTransitionedTimestamp");
  for (wire::JsonFields f(root.find("tags")); f.next();) {
    if (f.value().kind() == wire::JsonKind::kString) out.tags.emplace(f.key(), f.value().as_string());
  }
  for (wire::JsonElements e(root.find("history")); e.next();)
    out.history.push_back({time_of(e.value(), "time"), text_of(e.value(), "type"),
                           text_of(e.value(), "summary"), text_of(e.value(), "data")});
  return out;
}

std::string alarm_time(base::WallTime time) {
  const std::int64_t millis = base::unix_millis(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}+0000", fmt::gmtime(static_cast<std::time_t>(millis / 1000)),
                     millis % 1000);
}

namespace {

void append_metric(std::string& out, const MetricDataQuery& query) {
  out += out.back() == '[' ? "{" : ",{";
  text_member(out, "id", query.id);
  if (query.expression) text_member(out, "expression", *query.expression);
  if (query.label) text_member(out, "label", *query.label);
  if (query.metric_stat) {
    const MetricStat& stat = *query.metric_stat;
    out += ",\"metricStat\":{\"metric\":{";
    text_member(out, "namespace", stat.metric.namespace_.value_or(""));
    text_member(out, "name", stat.metric.metric_name.value_or(""));
    out += ",\"dimensions\":{";
    if (stat.metric.dimensions) {
      for (const Dimension& dimension : *stat.metric.dimensions)
        text_member(out, dimension.name, dimension.value);
    }
    out += fmt::format("}}}},\"period\":{}", stat.period);
    text_member(out, "stat", stat.stat);
    if (stat.unit) text_member(out, "unit", *stat.unit);
    out += '}';
  }
  out += query.return_data.value_or(true) ? ",\"returnData\":true}" : ",\"returnData\":false}";
}

void append_state(std::string& out, const MetricAlarm& what) {
  out += '{';
  text_member(out, "value", *what.state_value);
  text_member(out, "reason", *what.state_reason);
  if (what.state_reason_data) text_member(out, "reasonData", *what.state_reason_data);
  text_member(out, "timestamp", alarm_time(*what.state_updated_timestamp));
  out += '}';
}

}  // namespace

std::vector<MetricDataQuery> queries_of(const Alarm& alarm) {
  if (alarm.what.metrics && !alarm.what.metrics->empty()) return *alarm.what.metrics;
  MetricDataQuery query;
  query.id = "m1";
  MetricStat& stat = query.metric_stat.emplace();
  stat.metric.namespace_ = alarm.what.namespace_;
  stat.metric.metric_name = alarm.what.metric_name;
  stat.metric.dimensions = alarm.what.dimensions;
  stat.period = alarm.what.period.value_or(60);
  stat.stat =
      alarm.what.statistic ? *alarm.what.statistic : alarm.what.extended_statistic.value_or("Average");
  stat.unit = alarm.what.unit;
  std::vector<MetricDataQuery> out;
  out.push_back(std::move(query));
  return out;
}

std::string lambda_event(const Alarm& before, const Alarm& after, base::WallTime now) {
  std::string out = "{";
  text_member(out, "source", "aws.cloudwatch");
  text_member(out, "alarmArn", *after.what.alarm_arn);
  text_member(out, "accountId", after.account);
  text_member(out, "time", alarm_time(now));
  text_member(out, "region", after.region);
  out += ",\"alarmData\":{";
  text_member(out, "alarmName", after.name());
  out += ",\"state\":";
  append_state(out, after.what);
  out += ",\"previousState\":";
  append_state(out, before.what);
  out += ",\"configuration\":{";
  text_member(out, "description", after.what.alarm_description.value_or(""));
  out += ",\"metrics\":[";
  for (const MetricDataQuery& query : queries_of(after))
    append_metric(out, query);
  return out + "]}}}";
}

}  // namespace millrace::cloudwatch
