#include "services/lambda/operations.h"
#include "services/lambda/policy_store.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<RemovePermissionOutput>> remove_permission(Lambda& service,
                                                             const wire::RequestContext& context,
                                                             RemovePermissionInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  auto edit = [&](PolicyRecord& policy) -> std::optional<wire::ServiceError> {
    if (policy.statements.empty())
      return resource_not_found_exception("No policy is associated with the given resource.");
    const auto removed = std::erase_if(policy.statements,
                                       [&](const PolicyStatement& s) { return s.id == input.statement_id; });
    if (removed > 0) return std::nullopt;
    return resource_not_found_exception("Statement " + input.statement_id +
                                        " is not found in resource policy.");
  };
  auto changed = co_await change_policy(service, *name, input.revision_id, edit);
  if (!changed) co_return base::fail(std::move(changed.error()));
  co_return RemovePermissionOutput{};
}

}  // namespace millrace::lambda
