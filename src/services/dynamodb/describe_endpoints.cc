// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeEndpoints.html
#include "shapes/dynamodb/describe_endpoints.h"

#include "services/dynamodb/handlers.h"

namespace millrace::dynamodb {

Answer<DescribeEndpointsOutput> describe_endpoints(DynamoDb& service, const wire::RequestContext& context,
                                                   DescribeEndpointsInput input) {
  static_cast<void>(service);
  static_cast<void>(input);
  const auto host = context.head ? context.head->header("host") : std::nullopt;
  DescribeEndpointsOutput output;
  output.endpoints.push_back({std::string(host.value_or("localhost")), 1440});
  co_return output;
}

}  // namespace millrace::dynamodb
