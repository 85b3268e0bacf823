#include "services/lambda/operations.h"
#include "services/lambda/url_store.h"

namespace millrace::lambda {

base::Task<Answer<GetFunctionUrlConfigOutput>> get_function_url_config(Lambda& service,
                                                                       const wire::RequestContext& context,
                                                                       GetFunctionUrlConfigInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  auto found = co_await load_url(service, *name);
  if (!found) co_return base::fail(std::move(found.error()));
  GetFunctionUrlConfigOutput out;
  out.function_url = function_url(service.options().public_url, found->url.id);
  out.function_arn = name->qualified_arn();
  out.auth_type = found->url.auth_type;
  out.cors = found->url.cors;
  out.creation_time = found->url.creation_time;
  out.last_modified_time = found->url.last_modified_time;
  out.invoke_mode = found->url.invoke_mode;
  co_return out;
}

}  // namespace millrace::lambda
