// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
#include "shapes/logs/get_log_events.h"

#include <algorithm>

#include "services/logs/groups.h"

namespace millrace::logs {
namespace {

constexpr std::size_t kMaxEvents = 10000;
constexpr std::size_t kMaxBytes = 1'048'576;

struct Cursor {
  bool forward = true;
  telemetry::EventPosition position;
};

// "f/<56 digits>/s" goes on after a position, "b/..." before it.
std::string cursor_text(char direction, const telemetry::EventPosition& position) {
  return std::string(1, direction) + "/" + position_text(position) + "/s";
}

std::optional<Cursor> parse_cursor(std::string_view token) {
  if (token.size() != 60 || !token.ends_with("/s") || token[1] != '/') return std::nullopt;
  if (token[0] != 'f' && token[0] != 'b') return std::nullopt;
  const auto position = parse_position(token.substr(2, 56));
  if (!position) return std::nullopt;
  return Cursor{token[0] == 'f', *position};
}

// As many as fit, from the end the reader comes from.
void cut_to_size(std::vector<telemetry::LogEvent>& events, bool from_front) {
  std::size_t bytes = 0, kept = 0;
  for (; kept < events.size(); ++kept) {
    const telemetry::LogEvent& next = from_front ? events[kept] : events[events.size() - 1 - kept];
    bytes += next.message.size() + 26;
    if (bytes > kMaxBytes && kept > 0) break;
  }
  const auto surplus = static_cast<std::ptrdiff_t>(events.size() - kept);
  if (from_front) {
    events.erase(events.end() - surplus, events.end());
  } else {
    events.erase(events.begin(), events.begin() + surplus);
  }
}

void add_tokens(const std::vector<telemetry::LogEvent>& events, const std::optional<Cursor>& cursor,
                base::WallTime start, GetLogEventsOutput& output) {
  telemetry::EventPosition first{static_cast<std::uint64_t>(start.time_since_epoch().count()), 0};
  telemetry::EventPosition last = first;
  if (!events.empty()) {
    first = telemetry::position_of(events.front());
    last = telemetry::position_of(events.back());
  } else if (cursor) {
    // Nothing there: the same token again, and the other direction sees what this one just passed.
    first = last = cursor->position;
    if (cursor->forward) ++first.serial;
    if (!cursor->forward && last.serial > 0) --last.serial;
  }
  output.next_forward_token = cursor_text('f', last);
  output.next_backward_token = cursor_text('b', first);
}

telemetry::LogQuery to_query(const telemetry::GroupInfo& group, const GetLogEventsInput& input,
                             const std::optional<Cursor>& cursor, base::WallTime now) {
  telemetry::LogQuery query;
  query.group = group.key;
  query.stream = input.log_stream_name;
  query.limit = static_cast<std::size_t>(input.limit.value_or(kMaxEvents));
  query.from =
      std::max(time_of(input.start_time.value_or(0)), retained_from(group, now).value_or(base::WallTime{}));
  if (input.end_time) query.to = time_of(*input.end_time);
  query.newest = cursor ? !cursor->forward : !input.start_from_head.value_or(false);
  if (cursor && cursor->forward) query.after = cursor->position;
  if (cursor && !cursor->forward) query.before = cursor->position;
  return query;
}

}  // namespace

Answer<GetLogEventsOutput> get_log_events(Logs& service, const wire::RequestContext& context,
                                          GetLogEventsInput input) {
  std::optional<Cursor> cursor;
  if (input.next_token) {
    cursor = parse_cursor(*input.next_token);
    if (!cursor) co_return base::fail(bad_token());
  }
  auto group = co_await find_group(service, context, input.log_group_name, input.log_group_identifier);
  if (!group) co_return base::fail(std::move(group.error()));
  auto streams = co_await service.store.streams(group->key);
  if (!streams) co_return base::fail(store_failed());
  if (std::ranges::find(*streams, input.log_stream_name, &telemetry::StreamInfo::name) == streams->end())
    co_return base::fail(stream_not_found());
  telemetry::LogQuery query = to_query(*group, input, cursor, context.now);
  const bool from_front = !query.newest;
  const base::WallTime start = *query.from;
  auto page = co_await service.store.page(std::move(query));
  if (!page) co_return base::fail(store_failed());
  cut_to_size(page->events, from_front);
  GetLogEventsOutput output;
  add_tokens(page->events, cursor, start, output);
  output.events.emplace();
  for (telemetry::LogEvent& event : page->events) {
    OutputLogEvent& out = output.events->emplace_back();
    out.timestamp = base::unix_millis(event.time);
    out.ingestion_time = base::unix_millis(event.ingested);
    out.message = utf8_text(std::move(event.message));
  }
  co_return output;
}

}  // namespace millrace::logs
