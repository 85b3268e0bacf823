#include "services/lambda/operations.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<PutFunctionScalingConfigOutput>> put_function_scaling_config(
    Lambda& service, const wire::RequestContext& context, PutFunctionScalingConfigInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  if (name->qualifier == "$LATEST.PUBLISHED") name->qualifier.clear();
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  co_return base::fail(invalid_parameter_value_exception(
      "A scaling configuration is for functions with a capacity provider, and this one has none. Use "
      "PutProvisionedConcurrencyConfig or PutFunctionConcurrency."));
}

}  // namespace millrace::lambda
