#include "services/lambda/event_invoke.h"
#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<GetFunctionEventInvokeConfigOutput>> get_function_event_invoke_config(
    Lambda& service, const wire::RequestContext& context, GetFunctionEventInvokeConfigInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  if (auto refusal = refuse_qualifier(*name)) co_return base::fail(std::move(*refusal));
  name->qualifier.clear();
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  if (!loaded->record->event_invoke) co_return base::fail(no_event_invoke(*name));
  co_return describe_event_invoke(*loaded->record);
}

}  // namespace millrace::lambda
