// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html
#include "shapes/dynamodb/get_resource_policy.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/resource_policy.h"

namespace millrace::dynamodb {

Answer<GetResourcePolicyOutput> get_resource_policy(DynamoDb& service, const wire::RequestContext& context,
                                                    GetResourcePolicyInput input) {
  auto place = policy_place(context, input.resource_arn);
  if (!place) co_return base::fail(std::move(place.error()));
  auto table = co_await service.tables.definitions().find(place->table);
  if (!table && table.error().kind == table::TableErrorKind::kTableNotFound)
    co_return base::fail(resource_missing(input.resource_arn));
  if (!table) co_return base::fail(to_service_error(std::move(table.error())));
  auto policy = find_policy(**table, place->setting);
  if (!policy) co_return base::fail(policy_not_found(input.resource_arn));
  GetResourcePolicyOutput output;
  output.policy = std::move(policy->text);
  output.revision_id = std::move(policy->revision);
  co_return output;
}

}  // namespace millrace::dynamodb
