#include "services/lambda/code_signing.h"
#include "services/lambda/operations.h"

namespace millrace::lambda {

base::Task<Answer<GetCodeSigningConfigOutput>> get_code_signing_config(
    Lambda& service, [[maybe_unused]] const wire::RequestContext& context, GetCodeSigningConfigInput input) {
  auto stored = co_await load_code_signing(service, input.code_signing_config_arn);
  if (!stored) co_return base::fail(std::move(stored.error()));
  GetCodeSigningConfigOutput out;
  out.code_signing_config = describe_code_signing(stored->record);
  co_return out;
}

}  // namespace millrace::lambda
