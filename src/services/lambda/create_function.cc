#include <fmt/format.h>

#include "services/lambda/code_signing.h"
#include "services/lambda/code_upload.h"
#include "services/lambda/describe.h"
#include "services/lambda/layer.h"
#include "services/lambda/operations.h"
#include "services/lambda/settings.h"
#include "services/lambda/versions.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

std::optional<wire::ServiceError> check_package(const CreateFunctionInput& input) {
  if (input.package_type.value_or("Zip") == "Image" || input.code.image_uri) {
    return invalid_parameter_value_exception(
        "This server runs functions from zip packages only; PackageType Image is not supported.");
  }
  if (!input.runtime || !input.handler || input.handler->empty()) {
    return invalid_parameter_value_exception(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  }
  if (input.capacity_provider_config || input.durable_config || input.tenancy_config) {
    return invalid_parameter_value_exception(
        "This server does not support CapacityProviderConfig, DurableConfig and TenancyConfig.");
  }
  return std::nullopt;
}

FunctionRecord new_record(Lambda& service, const wire::RequestContext& context, const FunctionName& name) {
  FunctionRecord record;
  record.name = {name.account, name.region, name.name, ""};
  record.last_modified = lambda_timestamp(context.now);
  record.revision_id = base::make_uuid(service.world().random);
  return record;
}

}  // namespace

base::Task<Answer<CreateFunctionOutput>> create_function(Lambda& service, const wire::RequestContext& context,
                                                         CreateFunctionInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  if (auto refusal = check_package(input)) co_return base::fail(std::move(*refusal));
  FunctionRecord record = new_record(service, context, *name);
  if (auto refusal = take_settings(input, record.settings)) co_return base::fail(std::move(*refusal));
  if (auto refusal = co_await resolve_layers(service, context, record.settings))
    co_return base::fail(std::move(*refusal));
  if (input.architectures && !input.architectures->empty())
    record.architectures = std::move(*input.architectures);
  if (input.tags) record.tags = std::move(*input.tags);
  auto existing = co_await service.find(record.name);
  if (!existing) co_return base::fail(std::move(existing.error()));
  if (*existing) co_return base::fail(resource_conflict_exception("Function already exist: " + name->name));

  CodeSource source{std::move(input.code.zip_file), std::move(input.code.s3_bucket),
                    std::move(input.code.s3_key), record.settings.runtime};
  auto code = co_await store_code(service, std::move(source));
  if (!code) co_return base::fail(std::move(code.error()));
  record.code_sha256_hex = code->sha256_hex;
  record.code_sha256 = code->sha256_base64;
  record.code_size = static_cast<std::int64_t>(code->size);
  record.code_unpacked = static_cast<std::int64_t>(code->unpacked_size);
  if (auto refusal = check_total_size(record.settings, record.code_unpacked))
    co_return base::fail(std::move(*refusal));

  std::vector<catalog::Change> changes;
  if (input.code_signing_config_arn && !input.code_signing_config_arn->empty()) {
    auto attached = co_await attach_code_signing(service, record.name, *input.code_signing_config_arn);
    if (!attached) co_return base::fail(std::move(attached.error()));
    changes = std::move(*attached);
  }
  changes.push_back({function_key(*name), encode_record(record), catalog::Expect::absent()});
  auto written = co_await service.world().catalog.apply(std::move(changes));
  if (!written && written.error() == catalog::CatalogError::kExists) {
    co_return base::fail(resource_conflict_exception("Function already exist: " + name->name));
  }
  if (!written) co_return base::fail(to_service_error(written.error()));
  if (service.world().prepare) service.world().prepare(make_spec(record, ""));
  if (input.publish.value_or(false)) {
    auto version = co_await publish(service, record.name, std::nullopt);
    if (!version) co_return base::fail(std::move(version.error()));
    co_return describe(*version, version->version());
  }
  co_return describe(record, "");
}

}  // namespace millrace::lambda
