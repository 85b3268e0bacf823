#include "services/lambda/operations.h"
#include "services/lambda/provisioned.h"

namespace millrace::lambda {

base::Task<Answer<DeleteAliasOutput>> delete_alias(Lambda& service, const wire::RequestContext& context,
                                                   DeleteAliasInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  name->qualifier = input.name;
  auto erased = co_await service.world().catalog.erase(alias_key(*name));
  // AWS does not mind when there is none.
  if (!erased && erased.error() != catalog::CatalogError::kNotFound)
    co_return base::fail(to_service_error(erased.error()));
  (void)co_await service.world().catalog.erase(provisioned_key(*name));
  co_await apply_provisioned(service);
  co_return DeleteAliasOutput{};
}

}  // namespace millrace::lambda
