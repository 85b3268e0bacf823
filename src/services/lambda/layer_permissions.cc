// AddLayerVersionPermission, GetLayerVersionPolicy, RemoveLayerVersionPermission: a version's policy, kept and returned. There is one
// account here, whose layers all its functions may use.
#include "services/lambda/layer.h"
#include "services/lambda/operations.h"
#include "services/lambda/policy_record.h"
#include "services/lambda/record_json.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

constexpr std::size_t kPolicyBytes = 20480;

catalog::ResourceKey policy_key(const LayerName& name) {
  catalog::ResourceKey key = layer_key(name);
  key.kind = "lambda.layer-policy";
  return key;
}

struct Stored {
  LayerName name;
  PolicyRecord policy;
  catalog::Expect expect = catalog::Expect::absent();
};

base::Task<Answer<Stored>> load_policy_of(Lambda& service, const wire::RequestContext& context,
                                          std::string layer, std::int64_t version) {
  auto name = parse_layer_name(context, layer);
  if (!name) co_return base::fail(std::move(name.error()));
  name->version = version;
  auto there = co_await load_layer(service, *name);
  if (!there) co_return base::fail(std::move(there.error()));
  Stored stored;
  stored.name = *name;
  auto found = co_await service.get(policy_key(*name));
  if (!found) co_return base::fail(std::move(found.error()));
  if (*found) {
    stored.policy = decode_policy((*found)->document).value_or(PolicyRecord());
    stored.expect = catalog::Expect::at((*found)->revision);
  }
  co_return stored;
}

std::optional<wire::ServiceError> check_revision(const std::optional<std::string>& given,
                                                 const PolicyRecord& policy) {
  if (!given || *given == policy.revision_id) return std::nullopt;
  return precondition_failed_exception(
      "The RevisionId provided does not match the latest RevisionId. Call the GetLayerPolicy API to retrieve "
      "the latest "
      "RevisionId");
}

base::Task<std::optional<wire::ServiceError>> keep(Lambda& service, Stored& stored) {
  stored.policy.revision_id = base::make_uuid(service.world().random);
  std::vector<catalog::Change> changes;
  changes.push_back({policy_key(stored.name), std::nullopt, stored.expect});
  if (!stored.policy.statements.empty()) changes[0].document = encode_policy(stored.policy);
  if (changes[0].document && changes[0].document->size() > kPolicyBytes) {
    co_return policy_length_exceeded_exception("The final policy size is bigger than the limit (20480).");
  }
  auto written = co_await service.world().catalog.apply(std::move(changes));
  if (!written) co_return to_service_error(written.error());
  co_return std::nullopt;
}

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
  auto stored = co_await load_policy_of(service, context, input.layer_name, input.version_number);
  if (!stored) co_return base::fail(std::move(stored.error()));
  if (auto refusal = check_revision(input.revision_id, stored->policy))
    co_return base::fail(std::move(*refusal));
  for (const PolicyStatement& known : stored->policy.statements) {
    if (known.id != input.statement_id) continue;
    co_return base::fail(resource_conflict_exception(
        "The statement id (" + input.statement_id +
        ") provided already exists. Please provide a new statement id, or remove the existing statement."));
  }
  const std::string statement = statement_of(input, stored->name);
  stored->policy.statements.push_back({input.statement_id, statement});
  if (auto refusal = co_await keep(service, *stored)) co_return base::fail(std::move(*refusal));
  AddLayerVersionPermissionOutput out;
  out.statement = statement;
  out.revision_id = stored->policy.revision_id;
  co_return out;
}

base::Task<Answer<GetLayerVersionPolicyOutput>> get_layer_version_policy(Lambda& service,
                                                                         const wire::RequestContext& context,
                                                                         GetLayerVersionPolicyInput input) {
  auto stored = co_await load_policy_of(service, context, input.layer_name, input.version_number);
  if (!stored) co_return base::fail(std::move(stored.error()));
  if (stored->policy.statements.empty())
    co_return base::fail(resource_not_found_exception("No policy is associated with the given resource."));
  GetLayerVersionPolicyOutput out;
  out.policy = policy_text(stored->policy);
  out.revision_id = stored->policy.revision_id;
  co_return out;
}

base::Task<Answer<RemoveLayerVersionPermissionOutput>> remove_layer_version_permission(
    Lambda& service, const wire::RequestContext& context, RemoveLayerVersionPermissionInput input) {
  auto stored = co_await load_policy_of(service, context, input.layer_name, input.version_number);
  if (!stored) co_return base::fail(std::move(stored.error()));
  if (auto refusal = check_revision(input.revision_id, stored->policy))
    co_return base::fail(std::move(*refusal));
  const auto removed = std::erase_if(stored->policy.statements,
                                     [&](const PolicyStatement& s) { return s.id == input.statement_id; });
  if (removed == 0) {
    co_return base::fail(resource_not_found_exception("Statement " + input.statement_id +
                                                      " is not found in resource policy."));
  }
  if (auto refusal = co_await keep(service, *stored)) co_return base::fail(std::move(*refusal));
  co_return RemoveLayerVersionPermissionOutput{};
}

}  // namespace millrace::lambda
