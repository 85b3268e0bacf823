#include <map>

#include "services/lambda/layer.h"
#include "services/lambda/operations.h"
#include "services/lambda/paging.h"

namespace millrace::lambda {

// Each layer with the newest of its versions that fits; layers whose versions were all deleted are not shown.
base::Task<Answer<ListLayersOutput>> list_layers(Lambda& service, const wire::RequestContext& context,
                                                 ListLayersInput input) {
  auto after = read_marker(input.marker);
  if (!after) co_return base::fail(std::move(after.error()));
  catalog::ListRequest request;
  request.kind = "lambda.layer";
  request.account = context.account();
  request.region = context.region;
  request.limit = 100'000;
  auto page = co_await service.list(std::move(request));
  if (!page) co_return base::fail(std::move(page.error()));
  std::map<std::string, LayerRecord> newest;
  for (const catalog::Resource& resource : page->resources) {
    auto layer = decode_layer(resource.document);
    const std::string name = resource.key.name.substr(0, resource.key.name.rfind(':'));
    if (layer && name > *after && fits(*layer, input.compatible_runtime, input.compatible_architecture))
      newest.insert_or_assign(name, std::move(*layer));
  }
  const auto limit = static_cast<std::size_t>(input.max_items.value_or(50));
  ListLayersOutput out;
  out.layers.emplace();
  for (const auto& [name, layer] : newest) {
    if (out.layers->size() == limit) {
      out.next_marker = make_marker(*out.layers->back().layer_name);
      break;
    }
    const LayerName full{context.account(), context.region, name, 0};
    LayersListItem item;
    item.layer_name = name;
    item.layer_arn = full.arn();
    item.latest_matching_version = describe_in_list(full, layer);
    out.layers->push_back(std::move(item));
  }
  co_return out;
}

}  // namespace millrace::lambda
