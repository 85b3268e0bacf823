#include "services/lambda/describe.h"
#include "services/lambda/operations.h"
#include "services/lambda/versions.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<PublishVersionOutput>> publish_version(Lambda& service, const wire::RequestContext& context,
                                                         PublishVersionInput input) {
  auto name = parse_function_name(context, input.function_name);
  if (!name) co_return base::fail(std::move(name.error()));
  name->qualifier.clear();
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  if (input.code_sha256 && !input.code_sha256->empty() && *input.code_sha256 != loaded->record->code_sha256) {
    co_return base::fail(invalid_parameter_value_exception(
        "CodeSHA256 (" + *input.code_sha256 + ") is different from current CodeSHA256 in $LATEST (" +
        loaded->record->code_sha256 + "). Please try again with the CodeSHA256 in $LATEST."));
  }
  if (input.revision_id && *input.revision_id != loaded->record->revision_id) {
    co_return base::fail(to_service_error(catalog::CatalogError::kChanged));
  }
  auto version = co_await publish(service, *name, input.description);
  if (!version) co_return base::fail(std::move(version.error()));
  co_return describe(*version, version->version());
}

}  // namespace millrace::lambda
