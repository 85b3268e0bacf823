// Kept and returned: a runtime here is what the machine has.
#include "services/lambda/operations.h"
#include "services/lambda/record_json.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<PutRuntimeManagementConfigOutput>> put_runtime_management_config(
    Lambda& service, const wire::RequestContext& context, PutRuntimeManagementConfigInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  const bool manual = input.update_runtime_on == "Manual";
  if (manual != input.runtime_version_arn.has_value()) {
    co_return base::fail(invalid_parameter_value_exception(
        manual ? "Runtime Version Arn is required when UpdateRuntimeOn is Manual."
               : "Runtime Version Arn can only be given when UpdateRuntimeOn is Manual."));
  }
  RecordWriter document;
  document.text("on", std::string_view(input.update_runtime_on)).text("arn", input.runtime_version_arn);
  auto written = co_await service.world().catalog.put(qualified_key("lambda.runtime-management", *name),
                                                      document.finish());
  if (!written) co_return base::fail(to_service_error(written.error()));
  PutRuntimeManagementConfigOutput out;
  out.update_runtime_on = input.update_runtime_on;
  out.runtime_version_arn = input.runtime_version_arn;
  out.function_arn = name->qualified_arn();
  co_return out;
}

}  // namespace millrace::lambda
