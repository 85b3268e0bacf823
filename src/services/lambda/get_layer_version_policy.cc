#include "services/lambda/layer_policy.h"
#include "services/lambda/operations.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<GetLayerVersionPolicyOutput>> get_layer_version_policy(Lambda& service,
                                                                         const wire::RequestContext& context,
                                                                         GetLayerVersionPolicyInput input) {
  auto stored = co_await load_layer_policy(service, context, input.layer_name, input.version_number);
  if (!stored) co_return base::fail(std::move(stored.error()));
  if (stored->policy.statements.empty())
    co_return base::fail(resource_not_found_exception("No policy is associated with the given resource."));
  GetLayerVersionPolicyOutput out;
  out.policy = policy_text(stored->policy);
  out.revision_id = stored->policy.revision_id;
  co_return out;
}

}  // namespace millrace::lambda
