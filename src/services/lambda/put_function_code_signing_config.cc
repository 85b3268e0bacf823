#include "services/lambda/code_signing.h"
#include "services/lambda/operations.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<PutFunctionCodeSigningConfigOutput>> put_function_code_signing_config(
    Lambda& service, const wire::RequestContext& context, PutFunctionCodeSigningConfigInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  name->qualifier.clear();
  auto changes = co_await attach_code_signing(service, *name, input.code_signing_config_arn);
  if (!changes) co_return base::fail(std::move(changes.error()));
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  auto written = co_await service.world().catalog.apply(std::move(*changes));
  if (!written && written.error() == catalog::CatalogError::kStore)
    co_return base::fail(to_service_error(written.error()));
  if (!written) {
    co_return base::fail(resource_conflict_exception(
        "The code signing configuration was changed at the same time: " + input.code_signing_config_arn));
  }
  PutFunctionCodeSigningConfigOutput out;
  out.code_signing_config_arn = std::move(input.code_signing_config_arn);
  out.function_name = name->name;
  co_return out;
}

}  // namespace millrace::lambda
