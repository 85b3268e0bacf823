// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html
#include "shapes/logs/delete_log_group.h"

#include "services/logs/groups.h"

namespace millrace::logs {

Answer<DeleteLogGroupOutput> delete_log_group(Logs& service, const wire::RequestContext& context,
                                              DeleteLogGroupInput input) {
  auto group = co_await load_group(service, key_of(context, std::move(input.log_group_name)));
  if (!group) co_return base::fail(std::move(group.error()));
  if (group->deletion_protection)
    co_return base::fail(wire::validation_error(
        "The log group cannot be deleted because deletion protection is enabled for it."));
  for (const Subscription& subscription : service.subscriptions->of(group->key))
    (void)co_await service.subscriptions->erase(subscription.group, subscription.name);
  auto erased = co_await service.store.erase(std::move(group->key));
  if (!erased) co_return base::fail(store_failed());
  co_return DeleteLogGroupOutput{};
}

}  // namespace millrace::logs
