#include "services/lambda/layer_policy.h"
#include "services/lambda/operations.h"
#include "services/lambda/record_json.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

std::string statement_of(const AddLayerVersionPermissionInput& input, const LayerName& name) {
  RecordWriter out;
  out.text("Sid", std::string_view(input.statement_id)).text("Effect", std::string_view("Allow"));
  if (input.principal == "*" || input.principal.starts_with("arn:")) {
    out.text("Principal", std::string_view(input.principal));
  } else {
    RecordWriter account;
    account.text("AWS", std::string_view("arn:aws:iam::" + input.principal + ":root"));
    out.raw("Principal", account.finish());
  }
  out.text("Action", std::string_view(input.action)).text("Resource", std::string_view(name.version_arn()));
  if (input.organization_id) {
    RecordWriter condition;
    condition.map("StringEquals", {{"aws:PrincipalOrgID", *input.organization_id}});
    out.raw("Condition", condition.finish());
  }
  return out.finish();
}

}  // namespace

base::Task<Answer<AddLayerVersionPermissionOutput>> add_layer_version_permission(
    Lambda& service, const wire::RequestContext& context, AddLayerVersionPermissionInput input) {
  auto stored = co_await load_layer_policy(service, context, input.layer_name, input.version_number);
  if (!stored) co_return base::fail(std::move(stored.error()));
  if (auto refusal = check_layer_policy_revision(input.revision_id, stored->policy))
    co_return base::fail(std::move(*refusal));
  for (const PolicyStatement& known : stored->policy.statements) {
    if (known.id != input.statement_id) continue;
    co_return base::fail(resource_conflict_exception(
        "The statement id (" + input.statement_id +
        ") provided already exists. Please provide a new statement id, or remove the existing statement."));
  }
  const std::string statement = statement_of(input, stored->name);
  stored->policy.statements.push_back({input.statement_id, statement});
  if (auto refusal = co_await keep_layer_policy(service, *stored)) co_return base::fail(std::move(*refusal));
  AddLayerVersionPermissionOutput out;
  out.statement = statement;
  out.revision_id = stored->policy.revision_id;
  co_return out;
}

}  // namespace millrace::lambda
