// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
#include "shapes/dynamodbstreams/get_shard_iterator.h"

#include "engines/stream/iterator.h"
#include "services/dynamodbstreams/dynamodbstreams.h"
#include "services/dynamodbstreams/errors.h"

namespace millrace::dynamodbstreams {
namespace {

base::Result<stream::Start, wire::ServiceError> start_of(const GetShardIteratorInput& input) {
  stream::Start start;
  const std::string& type = input.shard_iterator_type;
  if (type == "TRIM_HORIZON") return start;
  if (type == "LATEST") {
    start.at = stream::StartAt::kLatest;
    return start;
  }
  start.at = type == "AT_SEQUENCE_NUMBER" ? stream::StartAt::kAtSequence : stream::StartAt::kAfterSequence;
  if (!input.sequence_number)
    return base::fail(wire::validation_error("SequenceNumber is required when ShardIteratorType is " + type));
  const auto sequence = stream::parse_sequence(*input.sequence_number);
  if (!sequence)
    return base::fail(wire::validation_error("Invalid SequenceNumber: " + *input.sequence_number));
  start.sequence = *sequence;
  return start;
}

}  // namespace

Answer<GetShardIteratorOutput> get_shard_iterator(DynamoDbStreams& service,
                                                  const wire::RequestContext& context,
                                                  GetShardIteratorInput input) {
  auto start = start_of(input);
  if (!start) co_return base::fail(std::move(start.error()));
  auto name = stream::parse_table_stream_arn(input.stream_arn);
  if (!name) co_return base::fail(wire::validation_error("Invalid StreamArn: " + input.stream_arn));
  auto found = co_await stream::describe(service.store, std::move(*name));
  if (!found) co_return base::fail(to_service_error(found.error(), "Stream: " + input.stream_arn));
  const stream::Shard* shard = found->find_shard(input.shard_id);
  const std::string what = "Shard: " + input.shard_id + " in stream: " + input.stream_arn;
  if (!shard) co_return base::fail(to_service_error({stream::ErrorKind::kNotFound, {}}, what));
  auto position = co_await stream::find_position(service.store, shard->log, *start);
  if (!position) co_return base::fail(to_service_error(position.error(), what));
  stream::Iterator iterator;
  iterator.name = found->name;
  iterator.shard = shard->ref;
  iterator.position = *position;
  iterator.made = context.now;
  GetShardIteratorOutput output;
  output.shard_iterator = stream::make_token(iterator);
  co_return output;
}

}  // namespace millrace::dynamodbstreams
