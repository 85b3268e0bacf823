#include "services/lambda/operations.h"
#include "services/lambda/record_json.h"

namespace millrace::lambda {

base::Task<Answer<GetRuntimeManagementConfigOutput>> get_runtime_management_config(
    Lambda& service, const wire::RequestContext& context, GetRuntimeManagementConfigInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  auto found = co_await service.get(qualified_key("lambda.runtime-management", *name));
  if (!found) co_return base::fail(std::move(found.error()));
  GetRuntimeManagementConfigOutput out;
  out.update_runtime_on = "Auto";
  out.function_arn = name->qualified_arn();
  wire::JsonParser parser;
  if (*found && parser.parse((*found)->document)) {
    out.update_runtime_on = read_text(parser.root(), "on");
    out.runtime_version_arn = read_optional_text(parser.root(), "arn");
  }
  co_return out;
}

}  // namespace millrace::lambda
