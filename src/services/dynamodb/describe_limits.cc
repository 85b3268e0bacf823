// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeLimits.html
#include "shapes/dynamodb/describe_limits.h"

#include "services/dynamodb/handlers.h"

namespace millrace::dynamodb {

// AWS's defaults; Millrace itself has no such limits.
Answer<DescribeLimitsOutput> describe_limits(DynamoDb& service, const wire::RequestContext& context,
                                             DescribeLimitsInput input) {
  static_cast<void>(service);
  static_cast<void>(context);
  static_cast<void>(input);
  DescribeLimitsOutput output;
  output.account_max_read_capacity_units = 80000;
  output.account_max_write_capacity_units = 80000;
  output.table_max_read_capacity_units = 40000;
  output.table_max_write_capacity_units = 40000;
  co_return output;
}

}  // namespace millrace::dynamodb
