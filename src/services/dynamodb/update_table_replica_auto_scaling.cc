// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTableReplicaAutoScaling.html
#include "shapes/dynamodb/update_table_replica_auto_scaling.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"

namespace millrace::dynamodb {

// A table has no replicas, and nothing here scales by itself.
Answer<UpdateTableReplicaAutoScalingOutput> update_table_replica_auto_scaling(
    DynamoDb& service, const wire::RequestContext& context, UpdateTableReplicaAutoScalingInput input) {
  auto table = co_await find_named_table(service, context, input.table_name);
  if (!table) co_return base::fail(std::move(table.error()));
  co_return refuse("Auto scaling is not supported by Millrace: table " + (*table)->name.name +
                   " has no replicas, and its throughput is what UpdateTable sets");
}

}  // namespace millrace::dynamodb
