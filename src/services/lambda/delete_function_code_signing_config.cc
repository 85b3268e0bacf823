#include "services/lambda/code_signing.h"
#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<DeleteFunctionCodeSigningConfigOutput>> delete_function_code_signing_config(
    Lambda& service, const wire::RequestContext& context, DeleteFunctionCodeSigningConfigInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  name->qualifier.clear();
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  auto erased = co_await service.world().catalog.erase(attached_code_signing_key(*name));
  // None there is as good.
  if (!erased && erased.error() != catalog::CatalogError::kNotFound)
    co_return base::fail(to_service_error(erased.error()));
  co_return DeleteFunctionCodeSigningConfigOutput{};
}

}  // namespace millrace::lambda
