// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_ListStreams.html
#include "shapes/dynamodbstreams/list_streams.h"

#include "services/dynamodbstreams/dynamodbstreams.h"
#include "services/dynamodbstreams/errors.h"

namespace millrace::dynamodbstreams {
namespace {

// TableName may be an ARN.
std::string table_of(std::string_view name_or_arn) {
  const auto slash = name_or_arn.starts_with("arn:") ? name_or_arn.find('/') : std::string_view::npos;
  return std::string(slash == std::string_view::npos ? name_or_arn : name_or_arn.substr(slash + 1));
}

}  // namespace

Answer<ListStreamsOutput> list_streams(DynamoDbStreams& service, const wire::RequestContext& context,
                                       ListStreamsInput input) {
  stream::ListRequest request;
  request.account = context.account();
  request.region = context.region;
  if (input.table_name) request.owner = table_of(*input.table_name);
  const auto limit = static_cast<std::size_t>(input.limit.value_or(100));
  request.limit = limit + 1;
  if (input.exclusive_start_stream_arn) {
    request.after = stream::parse_table_stream_arn(*input.exclusive_start_stream_arn);
    if (!request.after)
      co_return base::fail(wire::validation_error("Invalid StreamArn: " + *input.exclusive_start_stream_arn));
  }
  auto found = co_await stream::list(service.store, std::move(request));
  if (!found) co_return base::fail(to_service_error(found.error(), "Stream"));
  ListStreamsOutput output;
  output.streams.emplace();
  for (const stream::Stream& one : *found) {
    if (output.streams->size() == limit) {
      output.last_evaluated_stream_arn = output.streams->back().stream_arn;
      break;
    }
    output.streams->push_back({stream::table_stream_arn(one.name), one.name.owner, one.name.label});
  }
  co_return output;
}

}  // namespace millrace::dynamodbstreams
