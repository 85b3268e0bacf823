#include "services/lambda/event_invoke.h"
#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<DeleteFunctionEventInvokeConfigOutput>> delete_function_event_invoke_config(
    Lambda& service, const wire::RequestContext& context, DeleteFunctionEventInvokeConfigInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  if (auto refusal = refuse_qualifier(*name)) co_return base::fail(std::move(*refusal));
  auto edit = [&](FunctionRecord& record) -> std::optional<wire::ServiceError> {
    if (!record.event_invoke) return no_event_invoke(*name);
    record.event_invoke.reset();
    return std::nullopt;
  };
  auto changed = co_await service.change(*name, edit);
  if (!changed) co_return base::fail(std::move(changed.error()));
  co_return DeleteFunctionEventInvokeConfigOutput{};
}

}  // namespace millrace::lambda
