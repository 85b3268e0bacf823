#include "services/dynamodb/resource_policy.h"

#include <simdjson.h>

#include "services/dynamodb/errors.h"
#include "services/dynamodb/names.h"
#include "shapes/dynamodb/errors.h"

namespace millrace::dynamodb {
namespace {

constexpr std::size_t kMaxPolicy = 20 * 1024;
constexpr std::string_view kSetting = "ResourcePolicy";
constexpr std::string_view kStream = "/stream/";

}  // namespace

Checked<PolicyPlace> policy_place(const wire::RequestContext& context, const std::string& arn) {
  std::string_view table_arn = arn;
  std::string name(kSetting);
  if (const auto at = table_arn.find(kStream); at != std::string_view::npos) {
    name.append("/").append(table_arn.substr(at + kStream.size()));
    table_arn = table_arn.substr(0, at);
  }
  auto table = parse_table_arn(table_arn);
  if (!table) return refuse("Invalid ResourceArn provided as input " + arn);
  if (table->account != context.account() || table->region != context.region)
    return base::fail(resource_missing(arn));
  return PolicyPlace{std::move(*table), std::move(name)};
}

// A value: the revision, a line break, the policy. CreateTable's has no revision line: JSON begins with a brace.
std::optional<StoredPolicy> find_policy(const table::TableDefinition& table, const std::string& setting) {
  const auto found = table.settings.find(setting);
  if (found == table.settings.end()) return std::nullopt;
  const std::string& value = found->second;
  const auto end = value.find('\n');
  const bool has_revision = end != std::string::npos && value.find_first_not_of("0123456789") == end;
  if (!has_revision) return StoredPolicy{new_revision(table.created), value};
  return StoredPolicy{value.substr(0, end), value.substr(end + 1)};
}

void set_policy(table::TableDefinition& table, const std::string& setting, const StoredPolicy& policy) {
  table.settings[setting] = policy.revision + "\n" + policy.text;
}

Checked<void> check_policy(std::string_view text) {
  if (text.size() > kMaxPolicy)
    return refuse("Resource-based policy exceeds the maximum size of 20480 bytes");
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(text.data(), text.size()).get(object))
    return refuse("Resource-based policy document is not valid JSON");
  return {};
}

wire::ServiceError policy_not_found(const std::string& arn) {
  return policy_not_found_exception("Resource-based policy not found for the provided ResourceArn: " + arn);
}

Checked<void> check_revision(const std::optional<StoredPolicy>& there,
                             const std::optional<std::string>& expected, const std::string& arn) {
  if (!expected) return {};
  const bool fits = *expected == "NO_POLICY" ? !there : there && there->revision == *expected;
  if (fits) return {};
  return base::fail(policy_not_found_exception(
      "Resource-based policy not found for the provided ResourceArn and ExpectedRevisionId: " + arn));
}

std::string new_revision(base::WallTime now) {
  return std::to_string(now.time_since_epoch().count());
}

}  // namespace millrace::dynamodb
