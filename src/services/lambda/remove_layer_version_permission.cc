#include "services/lambda/layer_policy.h"
#include "services/lambda/operations.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<RemoveLayerVersionPermissionOutput>> remove_layer_version_permission(
    Lambda& service, const wire::RequestContext& context, RemoveLayerVersionPermissionInput input) {
  auto stored = co_await load_layer_policy(service, context, input.layer_name, input.version_number);
  if (!stored) co_return base::fail(std::move(stored.error()));
  if (auto refusal = check_layer_policy_revision(input.revision_id, stored->policy))
    co_return base::fail(std::move(*refusal));
  const auto removed = std::erase_if(stored->policy.statements,
                                     [&](const PolicyStatement& s) { return s.id == input.statement_id; });
  if (removed == 0) {
    co_return base::fail(resource_not_found_exception("Statement " + input.statement_id +
                                                      " is not found in resource policy."));
  }
  if (auto refusal = co_await keep_layer_policy(service, *stored)) co_return base::fail(std::move(*refusal));
  co_return RemoveLayerVersionPermissionOutput{};
}

}  // namespace millrace::lambda
