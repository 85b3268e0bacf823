#include "services/lambda/code_upload.h"
#include "services/lambda/describe.h"
#include "services/lambda/layer.h"
#include "services/lambda/operations.h"
#include "services/lambda/versions.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<UpdateFunctionCodeOutput>> update_function_code(Lambda& service,
                                                                  const wire::RequestContext& context,
                                                                  UpdateFunctionCodeInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  if (!name->qualifier.empty() && name->qualifier != "$LATEST") {
    co_return base::fail(invalid_parameter_value_exception(
        "This operation can only be performed on unpublished function versions."));
  }
  name->qualifier.clear();
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  if (input.image_uri) {
    co_return base::fail(invalid_parameter_value_exception(
        "Please don't provide ImageUri when updating a function with packageType Zip."));
  }
  CodeSource source{std::move(input.zip_file), std::move(input.s3_bucket), std::move(input.s3_key),
                    loaded->record->settings.runtime};
  auto code = co_await store_code(service, std::move(source));
  if (!code) co_return base::fail(std::move(code.error()));

  const std::string new_revision = base::make_uuid(service.world().random);
  auto edit = [&](FunctionRecord& record) -> std::optional<wire::ServiceError> {
    if (input.revision_id && *input.revision_id != record.revision_id)
      return to_service_error(catalog::CatalogError::kChanged);
    record.code_sha256_hex = code->sha256_hex;
    record.code_sha256 = code->sha256_base64;
    record.code_size = static_cast<std::int64_t>(code->size);
    record.code_unpacked = static_cast<std::int64_t>(code->unpacked_size);
    if (auto refusal = check_total_size(record.settings, record.code_unpacked)) return refusal;
    if (input.architectures && !input.architectures->empty()) record.architectures = *input.architectures;
    record.last_modified = lambda_timestamp(context.now);
    record.revision_id = new_revision;
    return std::nullopt;
  };
  if (input.dry_run.value_or(false)) {
    FunctionRecord trial = *loaded->record;
    if (auto refusal = edit(trial)) co_return base::fail(std::move(*refusal));
    co_return describe(trial, "");
  }
  auto changed = co_await service.change(*name, edit);
  if (!changed) co_return base::fail(std::move(changed.error()));
  service.world().invoker.retire(changed->name.arn());
  if (service.world().prepare) service.world().prepare(make_spec(*changed, ""));
  if (input.publish.value_or(false)) {
    auto version = co_await publish(service, *name, std::nullopt);
    if (!version) co_return base::fail(std::move(version.error()));
    co_return describe(*version, version->version());
  }
  co_return describe(*changed, "");
}

}  // namespace millrace::lambda
