#include <fmt/format.h>

#include "services/lambda/operations.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<PutFunctionConcurrencyOutput>> put_function_concurrency(Lambda& service,
                                                                          const wire::RequestContext& context,
                                                                          PutFunctionConcurrencyInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  if (!name->qualifier.empty()) {
    co_return base::fail(invalid_parameter_value_exception(
        "This operation is permitted only on Lambda functions, not on versions or aliases."));
  }
  const auto account = static_cast<std::int32_t>(service.options().account_concurrency);
  if (input.reserved_concurrent_executions > account - 100) {
    co_return base::fail(invalid_parameter_value_exception(
        "Specified ReservedConcurrentExecutions for function decreases account's "
        "UnreservedConcurrentExecution below its minimum value of [100]."));
  }
  auto edit = [&](FunctionRecord& record) -> std::optional<wire::ServiceError> {
    record.reserved_concurrency = input.reserved_concurrent_executions;
    return std::nullopt;
  };
  auto changed = co_await service.change(*name, edit);
  if (!changed) co_return base::fail(std::move(changed.error()));
  PutFunctionConcurrencyOutput out;
  out.reserved_concurrent_executions = input.reserved_concurrent_executions;
  co_return out;
}

}  // namespace millrace::lambda
