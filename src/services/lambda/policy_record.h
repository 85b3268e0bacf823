// A function's resource policy: statements by id, and the document AWS shows. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::lambda {

struct PolicyStatement {
  std::string id;
  std::string json;  // the statement as AddPermission answered it
};

struct PolicyRecord {
  std::string revision_id;
  std::vector<PolicyStatement> statements;
};

std::string encode_policy(const PolicyRecord& policy);
std::optional<PolicyRecord> decode_policy(std::string_view document);
// {"Version":"2012-10-17","Id":"default","Statement":[...]}
std::string policy_text(const PolicyRecord& policy);

struct AddPermissionInput;
// `resource`: the ARN the permission is for.
std::string make_statement(const AddPermissionInput& input, std::string_view resource);

}  // namespace millrace::lambda
