// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
#include "shapes/cloudwatch/get_metric_statistics.h"

#include <fmt/format.h>

#include "services/cloudwatch/metrics.h"

namespace millrace::cloudwatch {
namespace {

constexpr std::int64_t kMostPoints = 1440;

std::string grouped(std::int64_t number) {
  std::string out = std::to_string(number);
  for (std::size_t at = out.size(); at > 3;)
    out.insert(at -= 3, ",");
  return out;
}

std::optional<wire::ServiceError> check(const GetMetricStatisticsInput& input) {
  if (!is_period(input.period))
    return invalid_value("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.");
  const bool basic = input.statistics && !input.statistics->empty();
  const bool extended = input.extended_statistics && !input.extended_statistics->empty();
  if (!basic && !extended) return missing_parameter("Must specify either Statistics or ExtendedStatistics");
  if (input.start_time >= input.end_time)
    return invalid_combination("The parameter StartTime must be less than the parameter EndTime.");
  if (!extended) return std::nullopt;
  for (const std::string& text : *input.extended_statistics) {
    const auto statistic = telemetry::parse_statistic(text);
    if (!statistic || statistic->basic())
      return invalid_value(
          fmt::format("The value {} for parameter ExtendedStatistics is not supported.", text));
  }
  return std::nullopt;
}

Datapoint datapoint(const GetMetricStatisticsInput& input, const telemetry::Aggregate& values) {
  Datapoint out;
  if (input.statistics) {
    for (const std::string& name : *input.statistics) {
      const auto value = evaluate(*telemetry::parse_statistic(name), values);
      if (name == "SampleCount") out.sample_count = value;
      if (name == "Average") out.average = value;
      if (name == "Sum") out.sum = value;
      if (name == "Minimum") out.minimum = value;
      if (name == "Maximum") out.maximum = value;
    }
  }
  if (input.extended_statistics) {
    for (const std::string& name : *input.extended_statistics) {
      if (!out.extended_statistics) out.extended_statistics.emplace();
      if (const auto value = evaluate(*telemetry::parse_statistic(name), values))
        (*out.extended_statistics)[name] = *value;
    }
  }
  return out;
}

}  // namespace

Answer<GetMetricStatisticsOutput> get_metric_statistics(CloudWatch& service,
                                                        const wire::RequestContext& context,
                                                        GetMetricStatisticsInput input) {
  if (auto error = check(input)) co_return base::fail(std::move(*error));
  telemetry::MetricRange range;
  range.key = metric_key(context, input.namespace_, input.metric_name, input.dimensions);
  range.unit = input.unit;
  range.period = input.period;
  range.from = round_start(input.start_time, input.period, context.now);
  range.to = base::unix_seconds(std::chrono::ceil<std::chrono::seconds>(input.end_time));
  const std::int64_t points = (range.to - range.from + range.period - 1) / range.period;
  if (points > kMostPoints)
    co_return base::fail(
        invalid_combination(fmt::format("You have requested up to {} datapoints, which exceeds the limit of "
                                        "{}. You may reduce the datapoints "
                                        "requested by increasing Period, or decreasing the time range.",
                                        grouped(points), grouped(kMostPoints))));
  auto read = co_await service.metrics.read(std::move(range));
  if (!read) co_return base::fail(store_failed());
  GetMetricStatisticsOutput output;
  output.label = input.metric_name;
  auto& datapoints = output.datapoints.emplace();
  for (const telemetry::MetricSeries& series : *read) {
    for (const auto& [second, values] : series.buckets) {
      Datapoint& point = datapoints.emplace_back(datapoint(input, values));
      point.timestamp = at_second(second);
      point.unit = series.unit;
    }
  }
  co_return output;
}

}  // namespace millrace::cloudwatch
