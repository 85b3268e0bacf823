#include "services/lambda/alias_store.h"
#include "services/lambda/operations.h"
#include "services/lambda/paging.h"

namespace millrace::lambda {

base::Task<Answer<ListAliasesOutput>> list_aliases(Lambda& service, const wire::RequestContext& context,
                                                   ListAliasesInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  name->qualifier.clear();
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  auto after = read_marker(input.marker);
  if (!after) co_return base::fail(std::move(after.error()));
  catalog::ListRequest request;
  request.kind = "lambda.alias";
  request.account = name->account;
  request.region = name->region;
  request.name_prefix = name->name + ":";
  request.after = std::move(*after);
  request.limit = static_cast<std::size_t>(input.max_items.value_or(50));
  auto page = co_await service.list(std::move(request));
  if (!page) co_return base::fail(std::move(page.error()));
  ListAliasesOutput out;
  out.aliases.emplace();
  for (const catalog::Resource& resource : page->resources) {
    std::optional<AliasRecord> alias = decode_alias(resource.document);
    if (!alias) continue;
    if (input.function_version && alias->version != *input.function_version) continue;
    out.aliases->push_back(describe_alias(*name, *alias));
  }
  if (page->more) out.next_marker = make_marker(page->resources.back().key.name);
  co_return out;
}

}  // namespace millrace::lambda
