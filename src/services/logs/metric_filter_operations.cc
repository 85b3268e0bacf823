// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html, DescribeMetricFilters,
// DeleteMetricFilter, TestMetricFilter.
#include <algorithm>

#include "services/logs/filter_node.h"
#include "services/logs/groups.h"
#include "services/logs/metric_filters.h"
#include "shapes/logs/delete_metric_filter.h"
#include "shapes/logs/describe_metric_filters.h"
#include "shapes/logs/errors.h"
#include "shapes/logs/put_metric_filter.h"
#include "shapes/logs/test_metric_filter.h"

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

MetricTransformation describe(const MetricTransform& transform) {
  MetricTransformation out;
  out.metric_name = transform.name;
  out.metric_namespace = transform.name_space;
  out.metric_value = transform.value;
  out.default_value = transform.default_value;
  out.unit = transform.unit;
  if (!transform.dimensions.empty())
    out.dimensions.emplace(transform.dimensions.begin(), transform.dimensions.end());
  return out;
}

MetricFilter describe(const LogMetricFilter& filter) {
  MetricFilter out;
  out.filter_name = filter.name;
  out.filter_pattern = filter.pattern;
  out.log_group_name = filter.group.name;
  out.creation_time = base::unix_millis(filter.created);
  out.metric_transformations.emplace();
  for (const MetricTransform& transform : filter.transforms)
    out.metric_transformations->push_back(describe(transform));
  return out;
}

bool wanted(const DescribeMetricFiltersInput& input, const LogMetricFilter& filter) {
  if (input.filter_name_prefix && !filter.name.starts_with(*input.filter_name_prefix)) return false;
  return std::ranges::any_of(filter.transforms, [&](const MetricTransform& transform) {
    return (!input.metric_name || transform.name == *input.metric_name) &&
           (!input.metric_namespace || transform.name_space == *input.metric_namespace);
  });
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

Answer<DeleteMetricFilterOutput> delete_metric_filter(Logs& service, const wire::RequestContext& context,
                                                      DeleteMetricFilterInput input) {
  auto group = co_await load_group(service, key_of(context, input.log_group_name));
  if (!group) co_return base::fail(std::move(group.error()));
  const bool erased =
      co_await service.metric_filters->erase(std::move(group->key), std::move(input.filter_name));
  if (!erased)
    co_return base::fail(resource_not_found_exception("The specified metric filter does not exist."));
  co_return DeleteMetricFilterOutput{};
}

Answer<DescribeMetricFiltersOutput> describe_metric_filters(Logs& service,
                                                            const wire::RequestContext& context,
                                                            DescribeMetricFiltersInput input) {
  std::string after;
  if (input.next_token) {
    auto name = parse_name_token(*input.next_token);
    if (!name) co_return base::fail(std::move(name.error()));
    after = std::move(*name);
  }
  std::vector<LogMetricFilter> known;
  if (input.log_group_name) {
    auto group = co_await load_group(service, key_of(context, *input.log_group_name));
    if (!group) co_return base::fail(std::move(group.error()));
    known = service.metric_filters->of(group->key);
  } else {
    known = service.metric_filters->all(context.account(), context.region);
  }
  DescribeMetricFiltersOutput output;
  output.metric_filters.emplace();
  const auto most = static_cast<std::size_t>(input.limit.value_or(50));
  for (const LogMetricFilter& filter : known) {
    const std::string position = filter.group.name + ":" + filter.name;
    if ((!after.empty() && position <= after) || !wanted(input, filter)) continue;
    if (output.metric_filters->size() == most) {
      const MetricFilter& last = output.metric_filters->back();
      output.next_token = name_token(*last.log_group_name + ":" + *last.filter_name);
      break;
    }
    output.metric_filters->push_back(describe(filter));
  }
  co_return output;
}

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
