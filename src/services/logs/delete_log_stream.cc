// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogStream.html
#include "shapes/logs/delete_log_stream.h"

#include "services/logs/groups.h"

namespace millrace::logs {

Answer<DeleteLogStreamOutput> delete_log_stream(Logs& service, const wire::RequestContext& context,
                                                DeleteLogStreamInput input) {
  auto erased = co_await service.store.erase_stream(key_of(context, std::move(input.log_group_name)),
                                                    std::move(input.log_stream_name));
  if (!erased) co_return base::fail(store_failed());
  if (*erased == telemetry::LogOutcome::kNoGroup) co_return base::fail(group_not_found());
  if (*erased == telemetry::LogOutcome::kNoStream) co_return base::fail(stream_not_found());
  co_return DeleteLogStreamOutput{};
}

}  // namespace millrace::logs
