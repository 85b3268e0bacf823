// The DynamoDB Streams API over engines/stream; what a record holds is engines/table/change_record.h.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
#pragma once

#include "base/clock.h"
#include "engines/stream/reading.h"
#include "wire/operation.h"

namespace millrace::dynamodbstreams {

// Everything must outlive it. Any thread. The store is only handed on to the stream engine.
struct DynamoDbStreams {
  store::Store& store;
  base::Clock& clock;
};

wire::ServiceEntry operations(DynamoDbStreams& service);

template <class Output>
using Answer = base::Task<base::Result<Output, wire::ServiceError>>;

struct DescribeStreamInput;
struct DescribeStreamOutput;
Answer<DescribeStreamOutput> describe_stream(DynamoDbStreams& service, const wire::RequestContext& context,
                                             DescribeStreamInput input);
struct GetRecordsInput;
struct GetRecordsOutput;
Answer<GetRecordsOutput> get_records(DynamoDbStreams& service, const wire::RequestContext& context,
                                     GetRecordsInput input);
struct GetShardIteratorInput;
struct GetShardIteratorOutput;
Answer<GetShardIteratorOutput> get_shard_iterator(DynamoDbStreams& service,
                                                  const wire::RequestContext& context,
                                                  GetShardIteratorInput input);
struct ListStreamsInput;
struct ListStreamsOutput;
Answer<ListStreamsOutput> list_streams(DynamoDbStreams& service, const wire::RequestContext& context,
                                       ListStreamsInput input);

}  // namespace millrace::dynamodbstreams
