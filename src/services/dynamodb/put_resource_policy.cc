// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
#include "shapes/dynamodb/put_resource_policy.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/resource_policy.h"

namespace millrace::dynamodb {

Answer<PutResourcePolicyOutput> put_resource_policy(DynamoDb& service, const wire::RequestContext& context,
                                                    PutResourcePolicyInput input) {
  auto place = policy_place(context, input.resource_arn);
  if (!place) co_return base::fail(std::move(place.error()));
  if (auto ok = check_policy(input.policy); !ok) co_return base::fail(std::move(ok.error()));
  std::optional<wire::ServiceError> refused;
  StoredPolicy policy{new_revision(context.now), input.policy};
  table::Definitions::Edit edit = [&](table::TableDefinition& table) -> table::TableResult<void> {
    refused.reset();
    const auto there = find_policy(table, place->setting);
    if (auto ok = check_revision(there, input.expected_revision_id, input.resource_arn); !ok) {
      refused = std::move(ok.error());
      return table::table_error(table::TableErrorKind::kInvalid);
    }
    // The same policy again keeps its revision.
    if (there && there->text == policy.text) policy.revision = there->revision;
    set_policy(table, place->setting, policy);
    return {};
  };
  auto changed = co_await service.tables.definitions().change(place->table, std::move(edit), {});
  if (refused) co_return base::fail(std::move(*refused));
  if (!changed && changed.error().kind == table::TableErrorKind::kTableNotFound)
    co_return base::fail(resource_missing(input.resource_arn));
  if (!changed) co_return base::fail(to_service_error(std::move(changed.error())));
  PutResourcePolicyOutput output;
  output.revision_id = policy.revision;
  co_return output;
}

}  // namespace millrace::dynamodb
