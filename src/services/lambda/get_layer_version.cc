#include "services/lambda/layer.h"
#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<GetLayerVersionOutput>> get_layer_version(Lambda& service,
                                                            const wire::RequestContext& context,
                                                            GetLayerVersionInput input) {
  auto name = parse_layer_name(context, input.layer_name);
  if (!name) co_return base::fail(std::move(name.error()));
  name->version = input.version_number;
  auto layer = co_await load_layer(service, *name);
  if (!layer) co_return base::fail(std::move(layer.error()));
  co_return describe_layer(service, *name, *layer);
}

}  // namespace millrace::lambda
