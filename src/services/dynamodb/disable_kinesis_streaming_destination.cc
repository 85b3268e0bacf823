// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DisableKinesisStreamingDestination.html
#include "shapes/dynamodb/disable_kinesis_streaming_destination.h"

#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "shapes/dynamodb/errors.h"

namespace millrace::dynamodb {

// None can be enabled, so there is none to be disabled.
Answer<DisableKinesisStreamingDestinationOutput> disable_kinesis_streaming_destination(
    DynamoDb& service, const wire::RequestContext& context, DisableKinesisStreamingDestinationInput input) {
  auto table = co_await find_named_table(service, context, input.table_name);
  if (!table) co_return base::fail(std::move(table.error()));
  co_return base::fail(
      resource_not_found_exception("Requested resource not found: Table: " + (*table)->name.name +
                                   " has no Kinesis streaming destination " + input.stream_arn));
}

}  // namespace millrace::dynamodb
