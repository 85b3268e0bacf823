// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html
#include "shapes/logs/create_log_stream.h"

#include "services/logs/groups.h"
#include "shapes/logs/errors.h"

namespace millrace::logs {

Answer<CreateLogStreamOutput> create_log_stream(Logs& service, const wire::RequestContext& context,
                                                CreateLogStreamInput input) {
  auto made = co_await service.store.create_stream(key_of(context, std::move(input.log_group_name)),
                                                   std::move(input.log_stream_name));
  if (!made) co_return base::fail(store_failed());
  if (*made == telemetry::LogOutcome::kNoGroup) co_return base::fail(group_not_found());
  if (*made == telemetry::LogOutcome::kExists)
    co_return base::fail(resource_already_exists_exception("The specified log stream already exists"));
  co_return CreateLogStreamOutput{};
}

}  // namespace millrace::logs
