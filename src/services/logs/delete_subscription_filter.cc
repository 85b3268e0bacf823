// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteSubscriptionFilter.html
#include "shapes/logs/delete_subscription_filter.h"

#include "services/logs/groups.h"
#include "shapes/logs/errors.h"

namespace millrace::logs {

Answer<DeleteSubscriptionFilterOutput> delete_subscription_filter(Logs& service,
                                                                  const wire::RequestContext& context,
                                                                  DeleteSubscriptionFilterInput input) {
  auto group = co_await load_group(service, key_of(context, input.log_group_name));
  if (!group) co_return base::fail(std::move(group.error()));
  const bool erased =
      co_await service.subscriptions->erase(std::move(group->key), std::move(input.filter_name));
  if (!erased)
    co_return base::fail(resource_not_found_exception("The specified subscription filter does not exist."));
  co_return DeleteSubscriptionFilterOutput{};
}

}  // namespace millrace::logs
