#include <algorithm>

#include "services/lambda/code_signing.h"
#include "services/lambda/operations.h"
#include "services/lambda/paging.h"

namespace millrace::lambda {

base::Task<Answer<ListCodeSigningConfigsOutput>> list_code_signing_configs(
    Lambda& service, const wire::RequestContext& context, ListCodeSigningConfigsInput input) {
  auto after = read_marker(input.marker);
  if (!after) co_return base::fail(std::move(after.error()));
  catalog::ListRequest request;
  request.kind = "lambda.code-signing-config";
  request.account = context.account();
  request.region = context.region;
  request.after = std::move(*after);
  request.limit = static_cast<std::size_t>(std::min(input.max_items.value_or(50), 50));
  auto page = co_await service.list(std::move(request));
  if (!page) co_return base::fail(std::move(page.error()));
  ListCodeSigningConfigsOutput out;
  out.code_signing_configs.emplace();
  for (const catalog::Resource& resource : page->resources) {
    const auto record = decode_code_signing(resource.document);
    if (record) out.code_signing_configs->push_back(describe_code_signing(*record));
  }
  if (page->more) out.next_marker = make_marker(page->resources.back().key.name);
  co_return out;
}

}  // namespace millrace::lambda
