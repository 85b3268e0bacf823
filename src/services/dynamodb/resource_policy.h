// Resource-based policies: kept and returned, never applied (docs/guides/dynamodb.md). Pure; any thread.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engines/table/table_definition.h"
#include "services/dynamodb/dynamodb.h"

namespace millrace::dynamodb {

// What a ResourceArn of these operations names: a table, or the stream of one (its policy is another).
struct PolicyPlace {
  table::TableName table;
  std::string setting;  // of TableDefinition::settings
};
Checked<PolicyPlace> policy_place(const wire::RequestContext& context, const std::string& arn);

struct StoredPolicy {
  std::string revision;
  std::string text;
};
std::optional<StoredPolicy> find_policy(const table::TableDefinition& table, const std::string& setting);
void set_policy(table::TableDefinition& table, const std::string& setting, const StoredPolicy& policy);

// At most 20 KB, a JSON object.
Checked<void> check_policy(std::string_view text);
wire::ServiceError policy_not_found(const std::string& arn);
// ExpectedRevisionId against what is there; "NO_POLICY": there must be none.
Checked<void> check_revision(const std::optional<StoredPolicy>& there,
                             const std::optional<std::string>& expected, const std::string& arn);
// "1711561890123": grows with time, as AWS's do.
std::string new_revision(base::WallTime now);

}  // namespace millrace::dynamodb
