// The table of contents of the DynamoDB Streams API.
#include "services/dynamodbstreams/dynamodbstreams.h"
#include "shapes/dynamodbstreams/describe_stream.h"
#include "shapes/dynamodbstreams/get_records.h"
#include "shapes/dynamodbstreams/get_shard_iterator.h"
#include "shapes/dynamodbstreams/list_streams.h"
#include "shapes/dynamodbstreams/service.h"

namespace millrace::dynamodbstreams {
namespace {

constexpr auto kOperations = wire::operation_table(wire::operation<op::DescribeStream, describe_stream>,
                                                   wire::operation<op::GetRecords, get_records>,
                                                   wire::operation<op::GetShardIterator, get_shard_iterator>,
                                                   wire::operation<op::ListStreams, list_streams>);

}  // namespace

wire::ServiceEntry operations(DynamoDbStreams& service) {
  return wire::bind(kService, kOperations, service);
}

}  // namespace millrace::dynamodbstreams
