#include "services/lambda/operations.h"

namespace millrace::lambda {

// The deprecated form of an Event invocation.
base::Task<Answer<InvokeAsyncOutput>> invoke_async(Lambda& service, const wire::RequestContext& context,
                                                   InvokeAsyncInput input) {
  InvokeInput event;
  event.function_name = std::move(input.function_name);
  event.invocation_type = "Event";
  event.payload = std::move(input.invoke_args);
  auto accepted = co_await invoke(service, context, std::move(event));
  if (!accepted) co_return base::fail(std::move(accepted.error()));
  InvokeAsyncOutput out;
  out.status = accepted->status_code;
  co_return out;
}

}  // namespace millrace::lambda
