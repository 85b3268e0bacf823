#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<DeleteFunctionConcurrencyOutput>> delete_function_concurrency(
    Lambda& service, const wire::RequestContext& context, DeleteFunctionConcurrencyInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  auto edit = [](FunctionRecord& record) -> std::optional<wire::ServiceError> {
    record.reserved_concurrency.reset();
    return std::nullopt;
  };
  auto changed = co_await service.change(*name, edit);
  if (!changed) co_return base::fail(std::move(changed.error()));
  co_return DeleteFunctionConcurrencyOutput{};
}

}  // namespace millrace::lambda
