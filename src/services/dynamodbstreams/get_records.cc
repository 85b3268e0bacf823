// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
#include "shapes/dynamodbstreams/get_records.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "engines/stream/iterator.h"
#include "engines/table/change_record.h"
#include "services/dynamodbstreams/dynamodbstreams.h"
#include "services/dynamodbstreams/errors.h"
#include "shapes/dynamodbstreams/errors.h"

namespace millrace::dynamodbstreams {
namespace {

constexpr int kMaxRecords = 1000;  // the document says it, the model does not

std::optional<wire::RawJson> image(std::string_view json) {
  if (json.empty()) return std::nullopt;
  return wire::RawJson{std::string(json)};
}

std::optional<Record> to_record(const stream::Record& stored, const stream::StreamName& name) {
  const auto change = table::decode_change(stored.payload);
  if (!change) return std::nullopt;
  Record out;
  out.event_id = table::change_event_id({stored.sequence, name.region, stream::table_stream_arn(name)});
  out.event_name = table::change_kind_name(change->kind);
  out.event_version = "1.1";
  out.event_source = "aws:dynamodb";
  out.aws_region = name.region;
  StreamRecord record;
  record.approximate_creation_date_time = std::chrono::floor<std::chrono::seconds>(change->created);
  record.keys = image(change->keys);
  record.new_image = image(change->new_image);
  record.old_image = image(change->old_image);
  record.sequence_number = stream::sequence_text(stored.sequence);
  record.size_bytes = static_cast<std::int64_t>(change->size_bytes);
  record.stream_view_type = table::stream_view_name(change->view);
  out.dynamodb = std::move(record);
  if (change->by_ttl) out.user_identity = Identity{"dynamodb.amazonaws.com", "Service"};
  return out;
}

}  // namespace

Answer<GetRecordsOutput> get_records(DynamoDbStreams& service, const wire::RequestContext& context,
                                     GetRecordsInput input) {
  if (input.limit && *input.limit > kMaxRecords)
    co_return base::fail(wire::validation_error(fmt::format(
        "1 validation error detected: Value '{}' at 'limit' failed to satisfy constraint: Member must "
        "have value less than or equal to {}",
        *input.limit, kMaxRecords)));
  auto iterator = stream::parse_token(input.shard_iterator, context.now);
  if (!iterator && iterator.error() == stream::TokenError::kExpired)
    co_return base::fail(
        expired_iterator_exception("The shard iterator has expired: it was made more than 15 minutes ago"));
  if (!iterator) co_return base::fail(wire::validation_error("Invalid ShardIterator"));
  stream::PageLimits limits;
  if (input.limit) limits.records = static_cast<std::size_t>(*input.limit);
  auto page = co_await stream::read_page(service.store, iterator->shard, iterator->position, limits);
  if (!page) {
    stream::Error error = page.error();
    if (error.kind == stream::ErrorKind::kNotFound) {
      // The shard went with the last of its records; with the whole stream, it is the stream that is not there.
      auto found = co_await stream::describe(service.store, iterator->name);
      error = found ? stream::Error{stream::ErrorKind::kTrimmed, {}} : found.error();
    }
    co_return base::fail(to_service_error(error, "Stream: " + stream::table_stream_arn(iterator->name)));
  }
  GetRecordsOutput output;
  output.records.emplace();
  for (const stream::Record& stored : page->records) {
    if (auto record = to_record(stored, iterator->name)) output.records->push_back(std::move(*record));
  }
  // The end is said with a page of its own: programs that stop at the first empty one get there, too.
  if (!page->ended || !page->records.empty()) {
    iterator->position = page->position;
    iterator->made = context.now;
    output.next_shard_iterator = stream::make_token(*iterator);
  }
  co_return output;
}

}  // namespace millrace::dynamodbstreams
