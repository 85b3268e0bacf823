#include "services/lambda/operations.h"
#include "services/lambda/paging.h"
#include "services/lambda/url_record.h"

namespace millrace::lambda {

base::Task<Answer<ListFunctionUrlConfigsOutput>> list_function_url_configs(
    Lambda& service, const wire::RequestContext& context, ListFunctionUrlConfigsInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  name->qualifier.clear();
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  auto after = read_marker(input.marker);
  if (!after) co_return base::fail(std::move(after.error()));
  catalog::ListRequest request;
  request.kind = "lambda.url";
  request.account = name->account;
  request.region = name->region;
  request.name_prefix = name->name;
  request.after = std::move(*after);
  request.limit = static_cast<std::size_t>(input.max_items.value_or(50));
  auto page = co_await service.list(std::move(request));
  if (!page) co_return base::fail(std::move(page.error()));
  ListFunctionUrlConfigsOutput out;
  for (const catalog::Resource& resource : page->resources) {
    if (resource.key.name != name->name && !resource.key.name.starts_with(name->name + ":")) continue;
    std::optional<UrlRecord> url = decode_url(resource.document);
    if (!url) continue;
    FunctionUrlConfig config;
    config.function_url = function_url(service.options().public_url, url->id);
    config.function_arn = url->function.qualified_arn();
    config.auth_type = url->auth_type;
    config.cors = url->cors;
    config.creation_time = url->creation_time;
    config.last_modified_time = url->last_modified_time;
    config.invoke_mode = url->invoke_mode;
    out.function_url_configs.push_back(std::move(config));
  }
  if (page->more) out.next_marker = make_marker(page->resources.back().key.name);
  co_return out;
}

}  // namespace millrace::lambda
