#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<GetFunctionRecursionConfigOutput>> get_function_recursion_config(
    Lambda& service, const wire::RequestContext& context, GetFunctionRecursionConfigInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  name->qualifier.clear();
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  GetFunctionRecursionConfigOutput out;
  out.recursive_loop = loaded->record->recursive_loop;
  co_return out;
}

}  // namespace millrace::lambda
