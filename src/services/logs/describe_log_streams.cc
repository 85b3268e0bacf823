// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html
#include "shapes/logs/describe_log_streams.h"

#include <algorithm>

#include <fmt/format.h>

#include "services/logs/groups.h"

namespace millrace::logs {
namespace {

LogStream to_stream(const telemetry::StreamInfo& info, const telemetry::GroupKey& group) {
  LogStream out;
  out.log_stream_name = info.name;
  out.creation_time = base::unix_millis(info.created);
  if (!info.empty()) {
    out.first_event_timestamp = base::unix_millis(info.first);
    out.last_event_timestamp = base::unix_millis(info.last);
    out.last_ingestion_time = base::unix_millis(info.ingested);
  }
  out.upload_sequence_token = position_text({0, 1});
  out.arn = group_arn(group) + ":log-stream:" + info.name;
  out.stored_bytes = 0;  // as AWS says since 2019
  return out;
}

// By name, or by the last event's time and then by name: text that sorts so, and continues a list.
std::string sort_key(const telemetry::StreamInfo& info, bool by_time) {
  if (!by_time) return info.name;
  const auto last = info.empty() ? std::int64_t{0} : info.last.time_since_epoch().count();
  return fmt::format("{:020d}{}", last, info.name);
}

}  // namespace

Answer<DescribeLogStreamsOutput> describe_log_streams(Logs& service, const wire::RequestContext& context,
                                                      DescribeLogStreamsInput input) {
  const bool by_time = input.order_by == "LastEventTime";
  if (by_time && input.log_stream_name_prefix)
    co_return base::fail(invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
  std::optional<std::string> after;
  if (input.next_token) {
    auto token = parse_name_token(*input.next_token);
    if (!token) co_return base::fail(std::move(token.error()));
    after = std::move(*token);
  }
  auto group = co_await find_group(service, context, input.log_group_name, input.log_group_identifier);
  if (!group) co_return base::fail(std::move(group.error()));
  auto streams = co_await service.store.streams(group->key);
  if (!streams) co_return base::fail(store_failed());
  std::vector<std::pair<std::string, const telemetry::StreamInfo*>> sorted;
  for (const telemetry::StreamInfo& info : *streams) {
    if (info.name.starts_with(input.log_stream_name_prefix.value_or("")))
      sorted.emplace_back(sort_key(info, by_time), &info);
  }
  std::ranges::sort(sorted);
  const bool descending = input.descending.value_or(false);
  if (descending) std::ranges::reverse(sorted);
  const auto limit = static_cast<std::size_t>(input.limit.value_or(50));
  DescribeLogStreamsOutput output;
  output.log_streams.emplace();
  std::string last;
  for (const auto& [key, info] : sorted) {
    if (after && (descending ? key >= *after : key <= *after)) continue;
    if (output.log_streams->size() == limit) {
      output.next_token = name_token(last);
      break;
    }
    output.log_streams->push_back(to_stream(*info, group->key));
    last = key;
  }
  co_return output;
}

}  // namespace millrace::logs
