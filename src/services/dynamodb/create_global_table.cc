// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateGlobalTable.html
#include "shapes/dynamodb/create_global_table.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"

namespace millrace::dynamodb {

// Saying yes would promise copies elsewhere.
Answer<CreateGlobalTableOutput> create_global_table(DynamoDb& service, const wire::RequestContext& context,
                                                    CreateGlobalTableInput input) {
  static_cast<void>(service);
  static_cast<void>(context);
  co_return refuse("Millrace has no global tables: each region is a world of its own. Table " +
                   input.global_table_name + " would not be replicated");
}

}  // namespace millrace::dynamodb
