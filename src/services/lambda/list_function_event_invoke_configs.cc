#include "services/lambda/event_invoke.h"
#include "services/lambda/operations.h"

namespace millrace::lambda {

// At most one: settings are kept for $LATEST only.
base::Task<Answer<ListFunctionEventInvokeConfigsOutput>> list_function_event_invoke_configs(
    Lambda& service, const wire::RequestContext& context, ListFunctionEventInvokeConfigsInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  name->qualifier.clear();
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  ListFunctionEventInvokeConfigsOutput out;
  out.function_event_invoke_configs.emplace();
  if (loaded->record->event_invoke)
    out.function_event_invoke_configs->push_back(describe_event_invoke(*loaded->record));
  co_return out;
}

}  // namespace millrace::lambda
