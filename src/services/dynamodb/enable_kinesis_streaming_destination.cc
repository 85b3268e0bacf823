// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_EnableKinesisStreamingDestination.html
#include "shapes/dynamodb/enable_kinesis_streaming_destination.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"

namespace millrace::dynamodb {

// Saying yes would lose every change that a consumer waits for.
Answer<EnableKinesisStreamingDestinationOutput> enable_kinesis_streaming_destination(
    DynamoDb& service, const wire::RequestContext& context, EnableKinesisStreamingDestinationInput input) {
  auto table = co_await find_named_table(service, context, input.table_name);
  if (!table) co_return base::fail(std::move(table.error()));
  co_return refuse("Millrace has no Kinesis Data Streams: a table cannot stream to " + input.stream_arn +
                   ". DynamoDB Streams (StreamSpecification) are there");
}

}  // namespace millrace::dynamodb
