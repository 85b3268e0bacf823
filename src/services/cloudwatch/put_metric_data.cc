// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
#include "shapes/cloudwatch/put_metric_data.h"

#include <cmath>

#include <fmt/format.h>

#include "services/cloudwatch/metrics.h"

namespace millrace::cloudwatch {
namespace {

using Checked = base::Result<telemetry::Sample, wire::ServiceError>;
constexpr std::size_t kMostData = 1000, kMostValues = 150;

bool is_storable(double value) {
  static const double kLargest = std::ldexp(1.0, 360);
  return std::isfinite(value) && std::fabs(value) <= kLargest;
}

std::string value_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return fmt::format("{}", value);
}

wire::ServiceError bad_value(double value, const std::string& parameter) {
  return invalid_value(
      fmt::format("The value {} for parameter {} is invalid.", value_text(value), parameter));
}

// Which of the three ways of giving values is used; exactly one may be.
std::optional<wire::ServiceError> check_ways(const MetricDatum& datum, const std::string& at) {
  const auto both = [&at](std::string_view one, std::string_view other) {
    return invalid_combination(
        fmt::format("The parameters {0}.{1} and {0}.{2} are mutually exclusive and you have specified both.",
                    at, one, other));
  };
  if (datum.value && datum.values) return both("Value", "Values");
  if (datum.value && datum.statistic_values) return both("Value", "StatisticValues");
  if (datum.values && datum.statistic_values) return both("Values", "StatisticValues");
  if (!datum.value && !datum.values && !datum.statistic_values)
    return missing_parameter(fmt::format(
        "At least one of the parameters {0}.Value, {0}.Values or {0}.StatisticValues must be specified.",
        at));
  return std::nullopt;
}

std::optional<wire::ServiceError> take_set(const StatisticSet& set, const std::string& at,
                                           telemetry::Aggregate& out) {
  const std::string name = at + ".StatisticValues.";
  const std::pair<std::string_view, double> parts[] = {{"SampleCount", set.sample_count},
                                                       {"Sum", set.sum},
                                                       {"Minimum", set.minimum},
                                                       {"Maximum", set.maximum}};
  for (const auto& [part, value] : parts) {
    if (!is_storable(value)) return bad_value(value, name + std::string(part));
  }
  if (set.maximum < set.minimum)
    return invalid_value(fmt::format("The parameter {0}Maximum must be greater than {0}Minimum.", name));
  if (set.sample_count <= 0)
    return invalid_value(fmt::format("The parameter {}SampleCount must be greater than 0.", name));
  out.add_set(set.sample_count, set.sum, set.minimum, set.maximum);
  return std::nullopt;
}

std::optional<wire::ServiceError> take_values(const MetricDatum& datum, const std::string& at,
                                              telemetry::Aggregate& out) {
  const std::vector<double>& values = *datum.values;
  if (values.empty()) return missing_parameter(fmt::format("The parameter {}.Values is required.", at));
  if (values.size() > kMostValues)
    return invalid_value(
        fmt::format("The collection {}.Values must not have a size greater than {}.", at, kMostValues));
  if (datum.counts && datum.counts->size() != values.size())
    return invalid_value(
        fmt::format("The parameters {0}.Values and {0}.Counts must be of the same size.", at));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double times = datum.counts ? (*datum.counts)[i] : 1;
    if (!is_storable(values[i])) return bad_value(values[i], fmt::format("{}.Values.member.{}", at, i + 1));
    if (!is_storable(times) || times < 0)
      return bad_value(times, fmt::format("{}.Counts.member.{}", at, i + 1));
    out.add(values[i], times);
  }
  return std::nullopt;
}

Checked check_datum(const wire::RequestContext& context, const std::string& name_space, MetricDatum& datum,
                    const std::string& at) {
  if (auto error = check_ways(datum, at)) return base::fail(std::move(*error));
  telemetry::Sample sample;
  sample.time = datum.timestamp.value_or(context.now);
  if (context.now - sample.time > std::chrono::days(14))
    return base::fail(invalid_value(
        fmt::format("The parameter {}.Timestamp must specify a time within the past two weeks.", at)));
  if (sample.time - context.now > std::chrono::hours(2))
    return base::fail(invalid_value(fmt::format(
        "The parameter {}.Timestamp must specify a time no more than two hours in the future.", at)));
  const std::int32_t resolution = datum.storage_resolution.value_or(60);
  if (resolution != 1 && resolution != 60)
    return base::fail(invalid_value(
        fmt::format("The value {} for parameter {}.StorageResolution is invalid.", resolution, at)));
  sample.fine = resolution == 1;
  std::optional<wire::ServiceError> error;
  if (datum.statistic_values) error = take_set(*datum.statistic_values, at, sample.values);
  if (datum.values) error = take_values(datum, at, sample.values);
  if (datum.value) {
    if (!is_storable(*datum.value)) error = bad_value(*datum.value, at + ".Value");
    sample.values.add(*datum.value);
  }
  if (error) return base::fail(std::move(*error));
  sample.key = metric_key(context, name_space, std::move(datum.metric_name), datum.dimensions);
  sample.unit = datum.unit.value_or("None");
  return sample;
}

}  // namespace

Answer<PutMetricDataOutput> put_metric_data(CloudWatch& service, const wire::RequestContext& context,
                                            PutMetricDataInput input) {
  if (input.namespace_.starts_with("AWS/"))
    co_return base::fail(invalid_value("The value AWS/ for parameter Namespace is invalid."));
  // Data that say which entity they belong to are data all the same; entities are nothing here.
  std::vector<std::pair<std::string, std::vector<MetricDatum>>> lists;
  if (input.metric_data) lists.emplace_back("MetricData", std::move(*input.metric_data));
  if (input.entity_metric_data) {
    std::size_t n = 0;
    for (EntityMetricData& entity : *input.entity_metric_data) {
      ++n;
      if (entity.metric_data)
        lists.emplace_back(fmt::format("EntityMetricData.member.{}.MetricData", n),
                           std::move(*entity.metric_data));
    }
  }
  if (lists.empty()) co_return base::fail(missing_parameter("The parameter MetricData is required."));
  std::vector<telemetry::Sample> samples;
  for (auto& [name, data] : lists) {
    if (samples.size() + data.size() > kMostData)
      co_return base::fail(invalid_value(
          fmt::format("The collection {} must not have a size greater than {}.", name, kMostData)));
    for (std::size_t i = 0; i < data.size(); ++i) {
      Checked sample =
          check_datum(context, input.namespace_, data[i], fmt::format("{}.member.{}", name, i + 1));
      if (!sample) co_return base::fail(std::move(sample.error()));
      samples.push_back(std::move(*sample));
    }
  }
  for (telemetry::Sample& sample : samples)
    service.metrics.record(std::move(sample));
  const bool durable = co_await service.metrics.flush();
  if (!durable) co_return base::fail(store_failed());
  co_return PutMetricDataOutput{};
}

}  // namespace millrace::cloudwatch
