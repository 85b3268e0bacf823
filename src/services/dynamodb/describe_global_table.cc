// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeGlobalTable.html
#include "shapes/dynamodb/describe_global_table.h"

#include "services/dynamodb/handlers.h"
#include "shapes/dynamodb/errors.h"

namespace millrace::dynamodb {

// None can be made, so this one is not there.
Answer<DescribeGlobalTableOutput> describe_global_table(DynamoDb& service,
                                                        const wire::RequestContext& context,
                                                        DescribeGlobalTableInput input) {
  static_cast<void>(service);
  static_cast<void>(context);
  co_return base::fail(global_table_not_found_exception("Global table not found: Global table with name: '" +
                                                        input.global_table_name + "' does not exist."));
}

}  // namespace millrace::dynamodb
