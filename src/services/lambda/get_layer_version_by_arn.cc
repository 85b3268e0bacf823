#include "services/lambda/layer.h"
#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<GetLayerVersionByArnOutput>> get_layer_version_by_arn(Lambda& service,
                                                                        const wire::RequestContext& context,
                                                                        GetLayerVersionByArnInput input) {
  auto name = parse_layer_name(context, input.arn);
  if (!name) co_return base::fail(std::move(name.error()));
  auto layer = co_await load_layer(service, *name);
  if (!layer) co_return base::fail(std::move(layer.error()));
  co_return describe_layer(service, *name, *layer);
}

}  // namespace millrace::lambda
