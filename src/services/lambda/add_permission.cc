#include "services/lambda/operations.h"
#include "services/lambda/policy_store.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<AddPermissionOutput>> add_permission(Lambda& service, const wire::RequestContext& context,
                                                       AddPermissionInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  if (input.principal.find_first_not_of(" ") == std::string::npos) {
    co_return base::fail(invalid_parameter_value_exception(
        "The provided principal was invalid. Please check the principal and try again."));
  }
  const std::string statement = make_statement(input, name->qualified_arn());
  auto edit = [&](PolicyRecord& policy) -> std::optional<wire::ServiceError> {
    for (const PolicyStatement& known : policy.statements) {
      if (known.id != input.statement_id) continue;
      return resource_conflict_exception(
          "The statement id (" + input.statement_id +
          ") provided already exists. Please provide a new statement id, or remove the existing "
          "statement.");
    }
    policy.statements.push_back({input.statement_id, statement});
    return std::nullopt;
  };
  auto changed = co_await change_policy(service, *name, input.revision_id, edit);
  if (!changed) co_return base::fail(std::move(changed.error()));
  AddPermissionOutput out;
  out.statement = statement;
  co_return out;
}

}  // namespace millrace::lambda
