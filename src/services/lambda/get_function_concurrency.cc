#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<GetFunctionConcurrencyOutput>> get_function_concurrency(Lambda& service,
                                                                          const wire::RequestContext& context,
                                                                          GetFunctionConcurrencyInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  name->qualifier.clear();
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  GetFunctionConcurrencyOutput out;
  out.reserved_concurrent_executions = loaded->record->reserved_concurrency;
  co_return out;
}

}  // namespace millrace::lambda
