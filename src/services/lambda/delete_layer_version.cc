#include "services/lambda/layer.h"
#include "services/lambda/operations.h"

namespace millrace::lambda {

// Functions that use the version keep it: their records name its package, which stays.
base::Task<Answer<DeleteLayerVersionOutput>> delete_layer_version(Lambda& service,
                                                                  const wire::RequestContext& context,
                                                                  DeleteLayerVersionInput input) {
  auto name = parse_layer_name(context, input.layer_name);
  if (!name) co_return base::fail(std::move(name.error()));
  name->version = input.version_number;
  auto erased = co_await service.world().catalog.erase(layer_key(*name));
  // AWS does not mind when there is none.
  if (!erased && erased.error() != catalog::CatalogError::kNotFound)
    co_return base::fail(to_service_error(erased.error()));
  co_return DeleteLayerVersionOutput{};
}

}  // namespace millrace::lambda
