// PutMetricFilter: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
#include "shapes/logs/put_metric_filter.h"

#include "services/logs/filter_node.h"
#include "services/logs/groups.h"
#include "services/logs/metric_filters.h"
#include "shapes/logs/errors.h"

namespace millrace::logs {
namespace {

constexpr std::size_t kMostDimensions = 3;  // AWS's quota

std::optional<wire::ServiceError> check(const MetricTransformation& transform) {
  if (!transform.metric_value.starts_with('$') && !number_of(transform.metric_value))
    return invalid("Invalid metric transformation: the value must be a number or a field of the pattern: " +
                   transform.metric_value);
  if (transform.dimensions && transform.dimensions->size() > kMostDimensions)
    return invalid("Invalid metric transformation: at most 3 dimensions are allowed.");
  if (transform.dimensions && !transform.dimensions->empty() && transform.default_value)
    return invalid(
        "Invalid metric transformation: dimensions and default value are mutually exclusive properties.");
  return std::nullopt;
}

}  // namespace

Answer<PutMetricFilterOutput> put_metric_filter(Logs& service, const wire::RequestContext& context,
                                                PutMetricFilterInput input) {
  auto pattern = FilterPattern::parse(input.filter_pattern);
  if (!pattern) co_return base::fail(invalid("Invalid filter pattern: " + pattern.error()));
  if (input.field_selection_criteria || input.emit_system_field_dimensions ||
      input.apply_on_transformed_logs.value_or(false))
    co_return base::fail(
        invalid("Millrace does not transform logs, nor select filters by fields of the system"));
  LogMetricFilter filter;
  for (MetricTransformation& asked : input.metric_transformations) {
    if (auto error = check(asked)) co_return base::fail(std::move(*error));
    MetricTransform& transform = filter.transforms.emplace_back();
    transform.name = std::move(asked.metric_name);
    transform.name_space = std::move(asked.metric_namespace);
    transform.value = std::move(asked.metric_value);
    transform.default_value = asked.default_value;
    transform.unit = asked.unit.value_or("None");
    if (asked.dimensions) transform.dimensions.insert(asked.dimensions->begin(), asked.dimensions->end());
  }
  auto group = co_await load_group(service, key_of(context, input.log_group_name));
  if (!group) co_return base::fail(std::move(group.error()));
  filter.group = std::move(group->key);
  filter.name = std::move(input.filter_name);
  filter.pattern = std::move(input.filter_pattern);
  filter.created = context.now;
  const MetricFilters::Outcome outcome = co_await service.metric_filters->put(std::move(filter));
  if (outcome == MetricFilters::Outcome::kTooMany)
    co_return base::fail(limit_exceeded_exception("Resource limit exceeded."));
  if (outcome == MetricFilters::Outcome::kStoreFailed) co_return base::fail(store_failed());
  co_return PutMetricFilterOutput{};
}

}  // namespace millrace::logs
