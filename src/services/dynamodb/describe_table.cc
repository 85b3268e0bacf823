// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
#include "shapes/dynamodb/describe_table.h"

#include "services/dynamodb/describe.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"

namespace millrace::dynamodb {

Answer<DescribeTableOutput> describe_table(DynamoDb& service, const wire::RequestContext& context,
                                           DescribeTableInput input) {
  auto table = co_await find_named_table(service, context, input.table_name);
  if (!table) co_return base::fail(std::move(table.error()));
  // What another node changed must show here at once.
  auto newest = co_await service.tables.definitions().refresh(*table);
  if (!newest) co_return base::fail(table_not_found((*table)->name.name));
  auto counters = co_await service.tables.definitions().counters(*newest);
  if (!counters) co_return base::fail(to_service_error(std::move(counters.error())));
  DescribeTableOutput output;
  output.table = describe(**newest, *counters, context.now);
  co_return output;
}

}  // namespace millrace::dynamodb
