// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeKinesisStreamingDestination.html
#include "shapes/dynamodb/describe_kinesis_streaming_destination.h"

#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"

namespace millrace::dynamodb {

// No table has one: there is no Kinesis yet.
Answer<DescribeKinesisStreamingDestinationOutput> describe_kinesis_streaming_destination(
    DynamoDb& service, const wire::RequestContext& context, DescribeKinesisStreamingDestinationInput input) {
  auto table = co_await find_named_table(service, context, input.table_name);
  if (!table) co_return base::fail(std::move(table.error()));
  DescribeKinesisStreamingDestinationOutput output;
  output.table_name = (*table)->name.name;
  output.kinesis_data_stream_destinations.emplace();
  co_return output;
}

}  // namespace millrace::dynamodb
