// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListGlobalTables.html
#include "shapes/dynamodb/list_global_tables.h"

#include "services/dynamodb/handlers.h"

namespace millrace::dynamodb {

// None can be made.
Answer<ListGlobalTablesOutput> list_global_tables(DynamoDb& service, const wire::RequestContext& context,
                                                  ListGlobalTablesInput input) {
  static_cast<void>(service);
  static_cast<void>(context);
  static_cast<void>(input);
  ListGlobalTablesOutput output;
  output.global_tables.emplace();
  co_return output;
}

}  // namespace millrace::dynamodb
