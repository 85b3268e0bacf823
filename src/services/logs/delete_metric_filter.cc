// DeleteMetricFilter: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteMetricFilter.html
#include "shapes/logs/delete_metric_filter.h"

#include "services/logs/groups.h"
#include "services/logs/metric_filters.h"
#include "shapes/logs/errors.h"

namespace millrace::logs {

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

}  // namespace millrace::logs
