#include "services/lambda/operations.h"
#include "services/lambda/url_store.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<UpdateFunctionUrlConfigOutput>> update_function_url_config(
    Lambda& service, const wire::RequestContext& context, UpdateFunctionUrlConfigInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  auto found = co_await load_url(service, *name);
  if (!found) co_return base::fail(std::move(found.error()));
  UrlRecord& url = found->url;
  if (input.auth_type) url.auth_type = std::move(*input.auth_type);
  if (input.invoke_mode) url.invoke_mode = std::move(*input.invoke_mode);
  if (input.cors) url.cors = std::move(*input.cors);
  url.last_modified_time = url_timestamp(context.now);
  auto written = co_await service.world().catalog.put(url_key(*name), encode_url(url),
                                                      catalog::Expect::at(found->revision));
  if (!written && written.error() == catalog::CatalogError::kChanged) {
    co_return base::fail(
        resource_conflict_exception("The function URL was changed by another request at the same time."));
  }
  if (!written) co_return base::fail(to_service_error(written.error()));
  UpdateFunctionUrlConfigOutput out;
  out.function_url = function_url(service.options().public_url, url.id);
  out.function_arn = name->qualified_arn();
  out.auth_type = url.auth_type;
  out.cors = url.cors;
  out.creation_time = url.creation_time;
  out.last_modified_time = url.last_modified_time;
  out.invoke_mode = url.invoke_mode;
  co_return out;
}

}  // namespace millrace::lambda
