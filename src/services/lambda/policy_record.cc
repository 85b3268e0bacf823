#include "services/lambda/policy_record.h"

#include "services/lambda/function_name.h"
#include "services/lambda/record_json.h"
#include "shapes/lambda/add_permission.h"

namespace millrace::lambda {
namespace {

void write_principal(RecordWriter& out, std::string_view principal) {
  if (principal == "*") {
    out.text("Principal", principal);
    return;
  }
  RecordWriter inner;
  const bool account =
      principal.size() == 12 && principal.find_first_not_of("0123456789") == std::string_view::npos;
  if (account) {
    inner.text("AWS", std::string_view("arn:aws:iam::" + std::string(principal) + ":root"));
  } else if (principal.starts_with("arn:")) {
    inner.text("AWS", principal);
  } else {
    inner.text("Service", principal);
  }
  out.raw("Principal", inner.finish());
}

std::string conditions(const AddPermissionInput& input) {
  TextMap equals;
  if (input.source_account) equals.emplace("AWS:SourceAccount", *input.source_account);
  if (input.event_source_token) equals.emplace("lambda:EventSourceToken", *input.event_source_token);
  if (input.function_url_auth_type)
    equals.emplace("lambda:FunctionUrlAuthType", *input.function_url_auth_type);
  if (input.principal_org_id) equals.emplace("aws:PrincipalOrgID", *input.principal_org_id);
  RecordWriter out;
  if (!equals.empty()) out.map("StringEquals", equals);
  if (input.source_arn) out.map("ArnLike", {{"AWS:SourceArn", *input.source_arn}});
  if (input.invoked_via_function_url) {
    out.map("Bool", {{"lambda:InvokedViaFunctionUrl", *input.invoked_via_function_url ? "true" : "false"}});
  }
  return out.finish();
}

}  // namespace

std::string make_statement(const AddPermissionInput& input, std::string_view resource) {
  RecordWriter out;
  out.text("Sid", std::string_view(input.statement_id)).text("Effect", std::string_view("Allow"));
  write_principal(out, input.principal);
  out.text("Action", std::string_view(input.action)).text("Resource", resource);
  const std::string condition = conditions(input);
  if (condition != "{}") out.raw("Condition", condition);
  return out.finish();
}

std::string encode_policy(const PolicyRecord& policy) {
  std::vector<std::string> flat;
  for (const PolicyStatement& statement : policy.statements)
    flat.insert(flat.end(), {statement.id, statement.json});
  RecordWriter out;
  return out.text("revision", std::string_view(policy.revision_id)).texts("statements", flat).finish();
}

std::optional<PolicyRecord> decode_policy(std::string_view document) {
  wire::JsonParser parser;
  if (!parser.parse(document)) return std::nullopt;
  PolicyRecord policy;
  policy.revision_id = read_text(parser.root(), "revision");
  const std::vector<std::string> flat = read_texts(parser.root(), "statements");
  for (std::size_t i = 0; i + 1 < flat.size(); i += 2)
    policy.statements.push_back({flat[i], flat[i + 1]});
  return policy;
}

std::string policy_text(const PolicyRecord& policy) {
  std::string statements = "[";
  for (const PolicyStatement& statement : policy.statements) {
    if (statements.size() > 1) statements += ',';
    statements += statement.json;
  }
  RecordWriter out;
  out.text("Version", std::string_view("2012-10-17")).text("Id", std::string_view("default"));
  return out.raw("Statement", statements + "]").finish();
}

}  // namespace millrace::lambda
