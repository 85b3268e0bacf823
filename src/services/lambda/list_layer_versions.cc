#include "services/lambda/layer.h"
#include "services/lambda/operations.h"
#include "services/lambda/paging.h"

namespace millrace::lambda {

// Newest first, as on AWS. A layer has few versions: they are read together and cut here.
base::Task<Answer<ListLayerVersionsOutput>> list_layer_versions(Lambda& service,
                                                                const wire::RequestContext& context,
                                                                ListLayerVersionsInput input) {
  auto name = parse_layer_name(context, input.layer_name);
  if (!name) co_return base::fail(std::move(name.error()));
  auto before = read_marker(input.marker);
  if (!before) co_return base::fail(std::move(before.error()));
  catalog::ListRequest request;
  request.kind = "lambda.layer";
  request.account = name->account;
  request.region = name->region;
  request.name_prefix = name->name + ":";
  request.limit = 100'000;
  auto page = co_await service.list(std::move(request));
  if (!page) co_return base::fail(std::move(page.error()));
  const auto limit = static_cast<std::size_t>(input.max_items.value_or(50));
  ListLayerVersionsOutput out;
  out.layer_versions.emplace();
  std::string last;
  for (auto resource = page->resources.rbegin(); resource != page->resources.rend(); ++resource) {
    if (!before->empty() && resource->key.name >= *before) continue;
    const auto layer = decode_layer(resource->document);
    if (!layer || !fits(*layer, input.compatible_runtime, input.compatible_architecture)) continue;
    if (out.layer_versions->size() == limit) {
      out.next_marker = make_marker(last);
      break;
    }
    out.layer_versions->push_back(describe_in_list(*name, *layer));
    last = resource->key.name;
  }
  co_return out;
}

}  // namespace millrace::lambda
