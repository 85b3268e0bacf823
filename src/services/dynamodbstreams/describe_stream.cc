// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html
#include "shapes/dynamodbstreams/describe_stream.h"

#include <algorithm>

#include "engines/table/table_stream.h"
#include "services/dynamodbstreams/dynamodbstreams.h"
#include "services/dynamodbstreams/errors.h"

namespace millrace::dynamodbstreams {
namespace {

constexpr std::size_t kMaxShards = 100;

Shard to_shard(const stream::Shard& shard) {
  Shard out;
  out.shard_id = shard.id;
  if (!shard.parent.empty()) out.parent_shard_id = shard.parent;
  SequenceNumberRange range;
  range.starting_sequence_number = stream::sequence_text(shard.starting);
  if (shard.ending != 0) range.ending_sequence_number = stream::sequence_text(shard.ending);
  out.sequence_number_range = range;
  return out;
}

void add_details(const stream::Stream& found, StreamDescription& out) {
  const auto details = table::parse_stream_details(found.details);
  if (!details) return;
  out.stream_view_type = table::stream_view_name(details->view);
  out.key_schema.emplace();
  out.key_schema->push_back({details->partition, "HASH"});
  if (!details->sort.empty()) out.key_schema->push_back({details->sort, "RANGE"});
}

// CHILD_SHARDS is the only filter there is. A parent may be gone already, its children name it nevertheless.
bool passes(const stream::Shard& shard, const DescribeStreamInput& input) {
  return !input.shard_filter || !input.shard_filter->shard_id ||
         shard.parent == *input.shard_filter->shard_id;
}

// From after the exclusive start; false when there is no such shard.
bool add_shards(const stream::Stream& found, const DescribeStreamInput& input, StreamDescription& out) {
  auto next = found.shards.begin();
  if (input.exclusive_start_shard_id) {
    next = std::ranges::find(found.shards, *input.exclusive_start_shard_id, &stream::Shard::id);
    if (next == found.shards.end()) return false;
    ++next;
  }
  const std::size_t limit =
      std::min<std::size_t>(kMaxShards, static_cast<std::size_t>(input.limit.value_or(kMaxShards)));
  out.shards.emplace();
  for (; next != found.shards.end(); ++next) {
    if (!passes(*next, input)) continue;
    if (out.shards->size() == limit) {
      out.last_evaluated_shard_id = out.shards->back().shard_id;
      break;
    }
    out.shards->push_back(to_shard(*next));
  }
  return true;
}

}  // namespace

Answer<DescribeStreamOutput> describe_stream(DynamoDbStreams& service, const wire::RequestContext& context,
                                             DescribeStreamInput input) {
  static_cast<void>(context);
  auto name = stream::parse_table_stream_arn(input.stream_arn);
  if (!name) co_return base::fail(wire::validation_error("Invalid StreamArn: " + input.stream_arn));
  auto found = co_await stream::describe(service.store, std::move(*name));
  if (!found) co_return base::fail(to_service_error(found.error(), "Stream: " + input.stream_arn));
  StreamDescription description;
  description.stream_arn = input.stream_arn;
  description.stream_label = found->name.label;
  description.stream_status = found->state == stream::State::kEnabled ? "ENABLED" : "DISABLED";
  description.creation_request_date_time = found->created;
  description.table_name = found->name.owner;
  add_details(*found, description);
  if (!add_shards(*found, input, description))
    co_return base::fail(
        to_service_error({stream::ErrorKind::kNotFound, {}}, "Shard: " + *input.exclusive_start_shard_id));
  DescribeStreamOutput output;
  output.stream_description = std::move(description);
  co_return output;
}

}  // namespace millrace::dynamodbstreams
