// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
#include "shapes/cloudwatch/put_metric_alarm.h"

#include <fmt/format.h>

#include "engines/catalog/catalog.h"
#include "services/cloudwatch/alarm_changes.h"
#include "services/cloudwatch/metrics.h"
#include "services/cloudwatch/query_data.h"
#include "shapes/cloudwatch/errors.h"

namespace millrace::cloudwatch {
namespace {

using Refusal = std::optional<wire::ServiceError>;

// What Millrace keeps no account of must not look as if it did something.
Refusal check_known(const PutMetricAlarmInput& input) {
  if (input.threshold_metric_id)
    return invalid_request("Millrace has no anomaly detection alarms (ThresholdMetricId)");
  if (input.evaluation_criteria)
    return invalid_request("Millrace does not evaluate EvaluationCriteria of alarms");
  if (input.evaluation_window || input.warm_up_configuration || input.evaluation_interval ||
      input.action_configuration)
    return invalid_request(
        "Millrace does not support EvaluationWindow, WarmUpConfiguration, EvaluationInterval and "
        "ActionConfiguration");
  return std::nullopt;
}

Refusal check_one_metric(const PutMetricAlarmInput& input) {
  if (!input.metric_name || !input.namespace_)
    return invalid_request("Exactly one of the parameters MetricName, Metrics is required.");
  if (!input.period) return missing_parameter("The parameter Period is required.");
  if (!is_period(*input.period) || *input.period == 1 || *input.period == 5)
    return invalid_request(
        fmt::format("The parameter Period must be 10, 20, 30 or a multiple of 60; it is {}.", *input.period));
  if (input.statistic.has_value() == input.extended_statistic.has_value())
    return invalid_request(
        "Exactly one of the parameters Statistic and ExtendedStatistic must be specified.");
  if (!input.extended_statistic) return std::nullopt;
  const auto statistic = telemetry::parse_statistic(*input.extended_statistic);
  if (!statistic || statistic->basic())
    return invalid_value(fmt::format("The value {} for parameter ExtendedStatistic is not supported.",
                                     *input.extended_statistic));
  return std::nullopt;
}

Refusal check_metrics(const PutMetricAlarmInput& input) {
  if (input.metric_name || input.namespace_ || input.period || input.statistic || input.extended_statistic ||
      input.dimensions || input.unit)
    return invalid_request(
        "Parameters MetricName, Namespace, Period, Statistic, ExtendedStatistic, Dimensions and Unit may not "
        "be "
        "specified with Metrics.");
  if (auto error = check_queries(*input.metrics, "Metrics")) return error;
  std::size_t returned = 0;
  for (const MetricDataQuery& query : *input.metrics) {
    if (query.expression) {
      auto parsed = parse_math(*query.expression);
      if (!parsed)
        return invalid_request(fmt::format("Error in expression '{}': {}", query.id, parsed.error()));
      if (!parsed->calls("SEARCH").empty()) return invalid_request("SEARCH is not supported in alarms.");
    }
    returned += query.return_data.value_or(true) ? 1 : 0;
  }
  if (returned != 1) return invalid_request("Exactly one element of the metrics list should return data.");
  return std::nullopt;
}

Refusal check(const PutMetricAlarmInput& input) {
  if (auto error = check_known(input)) return error;
  if (auto error = input.metrics && !input.metrics->empty() ? check_metrics(input) : check_one_metric(input))
    return error;
  if (!input.evaluation_periods) return missing_parameter("The parameter EvaluationPeriods is required.");
  if (!input.comparison_operator) return missing_parameter("The parameter ComparisonOperator is required.");
  if (!input.threshold) return missing_parameter("The parameter Threshold is required.");
  if (input.comparison_operator->find("UpperThreshold") != std::string::npos ||
      input.comparison_operator->ends_with("LowerThreshold"))
    return invalid_request("Millrace has no anomaly detection alarms (" + *input.comparison_operator + ")");
  if (input.datapoints_to_alarm && *input.datapoints_to_alarm > *input.evaluation_periods)
    return invalid_request("The parameter DatapointsToAlarm must not be greater than EvaluationPeriods.");
  if (input.treat_missing_data && *input.treat_missing_data != "missing" &&
      *input.treat_missing_data != "ignore" && *input.treat_missing_data != "breaching" &&
      *input.treat_missing_data != "notBreaching")
    return invalid_request(
        fmt::format("Option {} is not supported. Supported options for parameter TreatMissingData "
                    "are breaching, notBreaching, ignore and missing.",
                    *input.treat_missing_data));
  const std::int64_t period = input.period.value_or(60), span = period * *input.evaluation_periods;
  if (span > (period < 3600 ? 86400 : 604800))
    return invalid_request(
        "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).");
  return std::nullopt;
}

}  // namespace

Answer<PutMetricAlarmOutput> put_metric_alarm(CloudWatch& service, const wire::RequestContext& context,
                                              PutMetricAlarmInput input) {
  if (auto error = check(input)) co_return base::fail(std::move(*error));
  Alarm alarm;
  alarm.account = context.account();
  alarm.region = context.region;
  // Tags are for new alarms only; those of one that is there are changed by TagResource.
  if (input.tags) {
    for (const Tag& tag : *input.tags)
      alarm.tags[tag.key] = tag.value;
  }
  alarm.what = definition_of(std::move(input));
  alarm.what.alarm_configuration_updated_timestamp = context.now;
  const Alarms::Ptr before = service.alarms->find(alarm.account, alarm.region, alarm.name());
  if (before) {
    alarm.tags = before->tags;
    alarm.history = before->history;
    alarm.what.alarm_arn = before->what.alarm_arn;
    alarm.what.state_value = before->what.state_value;
    alarm.what.state_reason = before->what.state_reason;
    alarm.what.state_reason_data = before->what.state_reason_data;
    alarm.what.state_updated_timestamp = before->what.state_updated_timestamp;
    alarm.what.state_transitioned_timestamp = before->what.state_transitioned_timestamp;
  } else {
    alarm.what.alarm_arn =
        catalog::make_arn("cloudwatch", alarm.region, alarm.account, "alarm:" + alarm.name());
    alarm.what.state_value = "INSUFFICIENT_DATA";
    alarm.what.state_reason = "Unchecked: Initial alarm creation";
    alarm.what.state_updated_timestamp = context.now;
    alarm.what.state_transitioned_timestamp = context.now;
  }
  alarm.note(context.now, "ConfigurationUpdate",
             fmt::format("Alarm \"{}\" {}", alarm.name(), before ? "updated" : "created"), "{}");
  const Alarms::Outcome outcome = co_await service.alarms->put(std::move(alarm));
  if (auto error = error_of(outcome)) co_return base::fail(std::move(*error));
  co_return PutMetricAlarmOutput{};
}

}  // namespace millrace::cloudwatch
