// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
#include "shapes/cloudwatch/list_metrics.h"

#include <algorithm>

#include "services/cloudwatch/metrics.h"
#include "shapes/cloudwatch/errors.h"

namespace millrace::cloudwatch {
namespace {

constexpr std::size_t kPage = 500;

bool has(const telemetry::Dimensions& dimensions, const DimensionFilter& wanted) {
  return std::ranges::any_of(dimensions, [&](const auto& dimension) {
    return dimension.first == wanted.name && (!wanted.value || dimension.second == *wanted.value);
  });
}

}  // namespace

Answer<ListMetricsOutput> list_metrics(CloudWatch& service, const wire::RequestContext& context,
                                       ListMetricsInput input) {
  std::string after;
  if (input.next_token) {
    auto position = read_token(*input.next_token);
    if (!position) co_return base::fail(invalid_value("Request parameter NextToken is invalid"));
    after = std::move(*position);
  }
  // Metrics without data in the past two weeks are not listed.
  const auto oldest =
      input.recently_active ? context.now - std::chrono::hours(3) : context.now - std::chrono::days(14);
  const auto accept = [&](const telemetry::MetricInfo& info) {
    if (info.last < oldest) return false;
    if (input.namespace_ && info.key.name_space != *input.namespace_) return false;
    if (input.metric_name && info.key.name != *input.metric_name) return false;
    return !input.dimensions || std::ranges::all_of(*input.dimensions, [&](const DimensionFilter& wanted) {
      return has(info.key.dimensions, wanted);
    });
  };
  telemetry::MetricStore::Page page =
      service.metrics.list(context.account(), context.region, after, kPage, accept);
  ListMetricsOutput output;
  auto& metrics = output.metrics.emplace();
  for (telemetry::MetricInfo& info : page.metrics) {
    Metric& metric = metrics.emplace_back();
    metric.namespace_ = std::move(info.key.name_space);
    metric.metric_name = std::move(info.key.name);
    metric.dimensions = to_dimensions(info.key.dimensions);
  }
  if (!page.next.empty()) output.next_token = make_token(page.next);
  co_return output;
}

}  // namespace millrace::cloudwatch
