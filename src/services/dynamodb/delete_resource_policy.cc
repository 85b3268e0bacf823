// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteResourcePolicy.html
#include "shapes/dynamodb/delete_resource_policy.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/resource_policy.h"

namespace millrace::dynamodb {

// Without ExpectedRevisionId it may be repeated: no policy is no error then.
Answer<DeleteResourcePolicyOutput> delete_resource_policy(DynamoDb& service,
                                                          const wire::RequestContext& context,
                                                          DeleteResourcePolicyInput input) {
  auto place = policy_place(context, input.resource_arn);
  if (!place) co_return base::fail(std::move(place.error()));
  std::optional<wire::ServiceError> refused;
  std::optional<StoredPolicy> there;
  table::Definitions::Edit edit = [&](table::TableDefinition& table) -> table::TableResult<void> {
    refused.reset();
    there = find_policy(table, place->setting);
    if (auto ok = check_revision(there, input.expected_revision_id, input.resource_arn); !ok) {
      refused = std::move(ok.error());
      return table::table_error(table::TableErrorKind::kInvalid);
    }
    table.settings.erase(place->setting);
    return {};
  };
  auto changed = co_await service.tables.definitions().change(place->table, std::move(edit), {});
  if (refused) co_return base::fail(std::move(*refused));
  if (!changed && changed.error().kind == table::TableErrorKind::kTableNotFound)
    co_return base::fail(resource_missing(input.resource_arn));
  if (!changed) co_return base::fail(to_service_error(std::move(changed.error())));
  DeleteResourcePolicyOutput output;
  if (there) output.revision_id = std::move(there->revision);
  co_return output;
}

}  // namespace millrace::dynamodb
