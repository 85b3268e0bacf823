#include "engines/catalog/catalog.h"
#include "services/lambda/code_signing.h"
#include "services/lambda/operations.h"
#include "services/lambda/tags.h"

namespace millrace::lambda {

base::Task<Answer<CreateCodeSigningConfigOutput>> create_code_signing_config(
    Lambda& service, const wire::RequestContext& context, CreateCodeSigningConfigInput input) {
  CodeSigningRecord record;
  const std::string id =
      "csc-" + base::random_text(service.world().random, 17, "0123456789abcdefghijklmnopqrstuvwxyz");
  record.arn = catalog::make_arn("lambda", context.region, context.account(), "code-signing-config:" + id);
  record.description = input.description.value_or("");
  record.publishers = std::move(input.allowed_publishers.signing_profile_version_arns);
  if (input.code_signing_policies)
    record.on_untrusted =
        input.code_signing_policies->untrusted_artifact_on_deployment.value_or(record.on_untrusted);
  record.modified = lambda_timestamp(context.now);
  if (input.tags) record.tags = std::move(*input.tags);
  if (auto refusal = check_tags(record.tags)) co_return base::fail(std::move(*refusal));
  auto written = co_await service.world().catalog.put(code_signing_key(record.arn),
                                                      encode_code_signing(record), catalog::Expect::absent());
  if (!written) co_return base::fail(to_service_error(written.error()));
  CreateCodeSigningConfigOutput out;
  out.code_signing_config = describe_code_signing(record);
  co_return out;
}

}  // namespace millrace::lambda
