#include "services/lambda/operations.h"
#include "services/lambda/provisioned.h"

namespace millrace::lambda {

base::Task<Answer<DeleteProvisionedConcurrencyConfigOutput>> delete_provisioned_concurrency_config(
    Lambda& service, const wire::RequestContext& context, DeleteProvisionedConcurrencyConfigInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  auto loaded = co_await provisioning_target(service, *name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  auto erased = co_await service.world().catalog.erase(provisioned_key(*name));
  // AWS does not mind when there is none.
  if (!erased && erased.error() != catalog::CatalogError::kNotFound)
    co_return base::fail(to_service_error(erased.error()));
  co_await apply_provisioned(service);
  co_return DeleteProvisionedConcurrencyConfigOutput{};
}

}  // namespace millrace::lambda
