// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
#include "shapes/logs/create_log_group.h"

#include "services/logs/groups.h"
#include "shapes/logs/errors.h"

namespace millrace::logs {

Answer<CreateLogGroupOutput> create_log_group(Logs& service, const wire::RequestContext& context,
                                              CreateLogGroupInput input) {
  if (input.log_group_name.starts_with("aws/"))
    co_return base::fail(invalid("Log groups starting with AWS/ are reserved for AWS."));
  telemetry::GroupInfo info;
  info.key = key_of(context, std::move(input.log_group_name));
  info.created = context.now;
  info.deletion_protection = input.deletion_protection_enabled.value_or(false);
  info.group_class = input.log_group_class.value_or("STANDARD");
  info.kms_key_id = input.kms_key_id.value_or("");
  if (input.tags) info.tags = std::move(*input.tags);
  auto made = co_await service.store.create_group(std::move(info));
  if (!made) co_return base::fail(store_failed());
  if (*made == telemetry::LogOutcome::kExists)
    co_return base::fail(resource_already_exists_exception("The specified log group already exists"));
  co_return CreateLogGroupOutput{};
}

}  // namespace millrace::logs
