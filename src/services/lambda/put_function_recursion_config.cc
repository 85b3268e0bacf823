#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<PutFunctionRecursionConfigOutput>> put_function_recursion_config(
    Lambda& service, const wire::RequestContext& context, PutFunctionRecursionConfigInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  name->qualifier.clear();
  auto edit = [&](FunctionRecord& record) -> std::optional<wire::ServiceError> {
    record.recursive_loop = input.recursive_loop;
    return std::nullopt;
  };
  auto changed = co_await service.change(*name, edit);
  if (!changed) co_return base::fail(std::move(changed.error()));
  PutFunctionRecursionConfigOutput out;
  out.recursive_loop = changed->recursive_loop;
  co_return out;
}

}  // namespace millrace::lambda
