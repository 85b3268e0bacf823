// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTimeToLive.html
#include "shapes/dynamodb/describe_time_to_live.h"

#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"

namespace millrace::dynamodb {

Answer<DescribeTimeToLiveOutput> describe_time_to_live(DynamoDb& service, const wire::RequestContext& context,
                                                       DescribeTimeToLiveInput input) {
  auto table = co_await find_named_table(service, context, input.table_name);
  if (!table) co_return base::fail(std::move(table.error()));
  const table::TimeToLive& ttl = (*table)->ttl;
  TimeToLiveDescription description;
  description.time_to_live_status = ttl.enabled ? "ENABLED" : "DISABLED";
  if (ttl.enabled) description.attribute_name = ttl.attribute;
  DescribeTimeToLiveOutput output;
  output.time_to_live_description = std::move(description);
  co_return output;
}

}  // namespace millrace::dynamodb
