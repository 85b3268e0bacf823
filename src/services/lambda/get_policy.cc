#include "services/lambda/operations.h"
#include "services/lambda/policy_store.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<GetPolicyOutput>> get_policy(Lambda& service, const wire::RequestContext& context,
                                               GetPolicyInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  auto stored = co_await load_policy(service, *name);
  if (!stored) co_return base::fail(std::move(stored.error()));
  if (stored->policy.statements.empty()) {
    co_return base::fail(resource_not_found_exception("The resource you requested does not exist."));
  }
  GetPolicyOutput out;
  out.policy = policy_text(stored->policy);
  out.revision_id = stored->policy.revision_id;
  co_return out;
}

}  // namespace millrace::lambda
