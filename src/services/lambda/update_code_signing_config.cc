#include "services/lambda/code_signing.h"
#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<UpdateCodeSigningConfigOutput>> update_code_signing_config(
    Lambda& service, const wire::RequestContext& context, UpdateCodeSigningConfigInput input) {
  auto edit = [&](CodeSigningRecord& record) -> std::optional<wire::ServiceError> {
    if (input.description) record.description = *input.description;
    if (input.allowed_publishers) record.publishers = input.allowed_publishers->signing_profile_version_arns;
    if (input.code_signing_policies && input.code_signing_policies->untrusted_artifact_on_deployment)
      record.on_untrusted = *input.code_signing_policies->untrusted_artifact_on_deployment;
    record.modified = lambda_timestamp(context.now);
    return std::nullopt;
  };
  auto changed = co_await change_code_signing(service, input.code_signing_config_arn, edit);
  if (!changed) co_return base::fail(std::move(changed.error()));
  UpdateCodeSigningConfigOutput out;
  out.code_signing_config = describe_code_signing(*changed);
  co_return out;
}

}  // namespace millrace::lambda
