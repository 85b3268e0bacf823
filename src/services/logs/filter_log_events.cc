// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
#include "shapes/logs/filter_log_events.h"

#include <algorithm>
#include <memory>
#include <set>

#include "services/logs/filter_pattern.h"
#include "services/logs/groups.h"

namespace millrace::logs {
namespace {

constexpr std::size_t kMaxEvents = 10000;
constexpr std::size_t kMaxBytes = 1'048'576;
// What is looked at before other requests of this thread get their turn.
constexpr std::size_t kSlice = 1u << 20;

using Accept = std::function<bool(const telemetry::LogEvent&)>;
using Names = std::set<std::string, std::less<>>;

Accept make_accept(const FilterLogEventsInput& input, FilterPattern pattern) {
  auto matcher = std::make_shared<FilterMatcher>(std::move(pattern));
  std::optional<Names> names;
  if (input.log_stream_names) names.emplace(input.log_stream_names->begin(), input.log_stream_names->end());
  return [matcher, names = std::move(names),
          prefix = input.log_stream_name_prefix.value_or("")](const telemetry::LogEvent& event) {
    if (names && !names->contains(event.stream)) return false;
    return event.stream.starts_with(prefix) && matcher->matches(event.message);
  };
}

FilteredLogEvent to_event(telemetry::LogEvent event) {
  FilteredLogEvent out;
  out.event_id = position_text(telemetry::position_of(event));
  out.timestamp = base::unix_millis(event.time);
  out.ingestion_time = base::unix_millis(event.ingested);
  out.log_stream_name = std::move(event.stream);
  out.message = utf8_text(std::move(event.message));
  return out;
}

// Slice by slice until the page is full or all was seen.
Answer<FilterLogEventsOutput> collect(Logs& service, telemetry::LogQuery query) {
  const std::size_t limit = query.limit;
  std::size_t bytes = 0;
  FilterLogEventsOutput output;
  output.searched_log_streams.emplace();
  std::vector<FilteredLogEvent>& events = output.events.emplace();
  query.scan_bytes = kSlice;
  while (true) {
    query.limit = limit - events.size();
    telemetry::LogQuery slice = query;
    auto page = co_await service.store.page(std::move(slice));
    if (!page) co_return base::fail(store_failed());
    if (query.newest) std::ranges::reverse(page->events);
    for (telemetry::LogEvent& event : page->events) {
      bytes += event.message.size();
      events.push_back(to_event(std::move(event)));
    }
    if (!page->stopped_at) co_return output;
    (query.newest ? query.before : query.after) = page->stopped_at;
    if (events.size() >= limit || bytes >= kMaxBytes) break;
  }
  output.next_token = name_token(position_text(query.newest ? *query.before : *query.after));
  co_return output;
}

base::Task<base::Result<bool, wire::ServiceError>> has_streams(Logs& service, telemetry::GroupKey group,
                                                               std::vector<std::string> names) {
  auto streams = co_await service.store.streams(std::move(group));
  if (!streams) co_return base::fail(store_failed());
  co_return std::ranges::all_of(names, [&](const std::string& name) {
    return std::ranges::find(*streams, name, &telemetry::StreamInfo::name) != streams->end();
  });
}

std::optional<telemetry::EventPosition> token_position(const std::string& token) {
  const auto text = parse_name_token(token);
  if (!text) return std::nullopt;
  return parse_position(*text);
}

}  // namespace

Answer<FilterLogEventsOutput> filter_log_events(Logs& service, const wire::RequestContext& context,
                                                FilterLogEventsInput input) {
  if (input.log_stream_names && input.log_stream_name_prefix)
    co_return base::fail(
        invalid("logStreamNamePrefix and logStreamNames are mutually exclusive parameters."));
  auto pattern = FilterPattern::parse(input.filter_pattern.value_or(""));
  if (!pattern) co_return base::fail(invalid("Invalid filter pattern: " + pattern.error()));
  telemetry::LogQuery query;
  query.newest = !input.start_from_head.value_or(true);
  if (input.next_token) {
    const auto position = token_position(*input.next_token);
    if (!position) co_return base::fail(bad_token());
    (query.newest ? query.before : query.after) = *position;
  }
  auto group = co_await find_group(service, context, input.log_group_name, input.log_group_identifier);
  if (!group) co_return base::fail(std::move(group.error()));
  if (input.log_stream_names) {
    auto there = co_await has_streams(service, group->key, *input.log_stream_names);
    if (!there) co_return base::fail(std::move(there.error()));
    if (!*there) co_return base::fail(stream_not_found());
  }
  query.accept = make_accept(input, std::move(*pattern));
  query.from = std::max(time_of(input.start_time.value_or(0)),
                        retained_from(*group, context.now).value_or(base::WallTime{}));
  // The end belongs to the range, and events have microseconds.
  if (input.end_time) query.to = time_of(*input.end_time) + std::chrono::milliseconds(1);
  query.limit = static_cast<std::size_t>(input.limit.value_or(kMaxEvents));
  query.group = std::move(group->key);
  co_return co_await collect(service, std::move(query));
}

}  // namespace millrace::logs
