// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTableReplicaAutoScaling.html
#include "shapes/dynamodb/describe_table_replica_auto_scaling.h"

#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"

namespace millrace::dynamodb {

// A table has no replicas.
Answer<DescribeTableReplicaAutoScalingOutput> describe_table_replica_auto_scaling(
    DynamoDb& service, const wire::RequestContext& context, DescribeTableReplicaAutoScalingInput input) {
  auto table = co_await find_named_table(service, context, input.table_name);
  if (!table) co_return base::fail(std::move(table.error()));
  DescribeTableReplicaAutoScalingOutput output;
  output.table_auto_scaling_description.emplace();
  output.table_auto_scaling_description->table_name = (*table)->name.name;
  output.table_auto_scaling_description->table_status = (*table)->creating ? "CREATING" : "ACTIVE";
  output.table_auto_scaling_description->replicas.emplace();
  co_return output;
}

}  // namespace millrace::dynamodb
