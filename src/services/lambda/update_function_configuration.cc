#include "services/lambda/describe.h"
#include "services/lambda/layer.h"
#include "services/lambda/operations.h"
#include "services/lambda/settings.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<UpdateFunctionConfigurationOutput>> update_function_configuration(
    Lambda& service, const wire::RequestContext& context, UpdateFunctionConfigurationInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  if (!name->qualifier.empty() && name->qualifier != "$LATEST") {
    co_return base::fail(invalid_parameter_value_exception(
        "This operation can only be performed on unpublished function versions."));
  }
  FunctionSettings layered;
  if (input.layers) layered.layers = *input.layers;
  if (auto refusal = co_await resolve_layers(service, context, layered))
    co_return base::fail(std::move(*refusal));
  const std::string new_revision = base::make_uuid(service.world().random);
  auto edit = [&](FunctionRecord& record) -> std::optional<wire::ServiceError> {
    if (input.revision_id && *input.revision_id != record.revision_id)
      return to_service_error(catalog::CatalogError::kChanged);
    UpdateFunctionConfigurationInput copy = input;
    if (auto refusal = take_settings(copy, record.settings)) return refusal;
    if (input.layers) record.settings.layer_packages = layered.layer_packages;
    if (auto refusal = check_total_size(record.settings, record.code_unpacked)) return refusal;
    record.last_modified = lambda_timestamp(context.now);
    record.revision_id = new_revision;
    return std::nullopt;
  };
  auto changed = co_await service.change(*name, edit);
  if (!changed) co_return base::fail(std::move(changed.error()));
  service.world().invoker.retire(changed->name.arn());
  if (service.world().prepare) service.world().prepare(make_spec(*changed, ""));
  co_return describe(*changed, "");
}

}  // namespace millrace::lambda
