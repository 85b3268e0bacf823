// DescribeMetricFilters: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeMetricFilters.html
#include "shapes/logs/describe_metric_filters.h"

#include <algorithm>

#include "services/logs/groups.h"
#include "services/logs/metric_filters.h"

namespace millrace::logs {
namespace {

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

}  // namespace millrace::logs
