#include "services/lambda/operations.h"
#include "services/lambda/url_record.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<CreateFunctionUrlConfigOutput>> create_function_url_config(
    Lambda& service, const wire::RequestContext& context, CreateFunctionUrlConfigInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  UrlRecord url;
  // AWS's ids are 32 lower-case letters and digits.
  url.id = base::random_text(service.world().random, 32, "abcdefghijklmnopqrstuvwxyz234567");
  url.function = *name;
  url.auth_type = input.auth_type;
  url.invoke_mode = input.invoke_mode.value_or("BUFFERED");
  url.cors = std::move(input.cors);
  url.creation_time = url.last_modified_time = url_timestamp(context.now);
  std::vector<catalog::Change> changes;
  changes.push_back({url_key(*name), encode_url(url), catalog::Expect::absent()});
  changes.push_back({url_id_key(url.id), encode_url_owner(*name), catalog::Expect::absent()});
  auto written = co_await service.world().catalog.apply(std::move(changes));
  if (!written && written.error() == catalog::CatalogError::kExists) {
    co_return base::fail(resource_conflict_exception(
        "Failed to create function url config for [functionArn = " + name->qualified_arn() +
        "]. Error message:  FunctionUrlConfig exists for this Lambda function"));
  }
  if (!written) co_return base::fail(to_service_error(written.error()));
  CreateFunctionUrlConfigOutput out;
  out.function_url = function_url(service.options().public_url, url.id);
  out.function_arn = name->qualified_arn();
  out.auth_type = url.auth_type;
  out.cors = url.cors;
  out.creation_time = url.creation_time;
  out.invoke_mode = url.invoke_mode;
  co_return out;
}

}  // namespace millrace::lambda
