#include "services/lambda/event_invoke.h"
#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<PutFunctionEventInvokeConfigOutput>> put_function_event_invoke_config(
    Lambda& service, const wire::RequestContext& context, PutFunctionEventInvokeConfigInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  if (auto refusal = refuse_qualifier(*name)) co_return base::fail(std::move(*refusal));
  auto edit = [&](FunctionRecord& record) -> std::optional<wire::ServiceError> {
    record.event_invoke.emplace();
    EventInvokeSettings& settings = *record.event_invoke;
    settings.last_modified = context.now;
    if (input.maximum_retry_attempts) settings.maximum_retry_attempts = input.maximum_retry_attempts;
    if (input.maximum_event_age_in_seconds) settings.maximum_event_age = input.maximum_event_age_in_seconds;
    return take_destinations(input.destination_config, settings);
  };
  auto changed = co_await service.change(*name, edit);
  if (!changed) co_return base::fail(std::move(changed.error()));
  co_return describe_event_invoke(*changed);
}

}  // namespace millrace::lambda
