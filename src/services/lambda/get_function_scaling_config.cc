#include "services/lambda/operations.h"

namespace millrace::lambda {

// Of functions on a capacity provider, which there are none of here: nothing was requested, nothing is applied.
base::Task<Answer<GetFunctionScalingConfigOutput>> get_function_scaling_config(
    Lambda& service, const wire::RequestContext& context, GetFunctionScalingConfigInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  FunctionName published = *name;
  if (published.qualifier == "$LATEST.PUBLISHED") published.qualifier.clear();
  auto loaded = co_await service.load(published);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  GetFunctionScalingConfigOutput out;
  out.function_arn = name->qualified_arn();
  co_return out;
}

}  // namespace millrace::lambda
