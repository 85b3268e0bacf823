// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
#include "shapes/logs/put_log_events.h"

#include <algorithm>

#include <fmt/format.h>

#include "services/logs/groups.h"

namespace millrace::logs {
namespace {

using std::chrono::milliseconds;
constexpr std::size_t kBatchBytes = 1'048'576;
constexpr std::size_t kEventOverhead = 26;
constexpr std::int64_t kDay = 24 * 3600 * 1000;
constexpr std::int64_t kMaxAge = 14 * kDay;
constexpr std::int64_t kMaxAhead = 2 * 3600 * 1000;

std::optional<std::string> fault_of(const std::vector<InputLogEvent>& events) {
  std::size_t bytes = 0;
  for (const InputLogEvent& event : events)
    bytes += event.message.size() + kEventOverhead;
  if (bytes > kBatchBytes)
    return fmt::format("Upload too large: {} bytes exceeds limit of {}", bytes, kBatchBytes);
  if (!std::ranges::is_sorted(events, {}, &InputLogEvent::timestamp))
    return "Log events in a single PutLogEvents request must be in chronological order.";
  if (events.back().timestamp - events.front().timestamp > kDay)
    return "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.";
  return std::nullopt;
}

// The events that may be kept are [first, last); the rest is told by its index.
struct Kept {
  std::size_t first = 0;
  std::size_t last = 0;
  std::optional<RejectedLogEventsInfo> rejected;
};

Kept choose(const std::vector<InputLogEvent>& events, std::int64_t now, std::uint32_t retention_days) {
  const auto index_of = [&](std::int64_t time) {
    const auto found = std::ranges::lower_bound(events, time, {}, &InputLogEvent::timestamp);
    return static_cast<std::size_t>(found - events.begin());
  };
  const std::size_t too_old = index_of(now - kMaxAge);
  const std::size_t expired = retention_days == 0 ? 0 : index_of(now - std::int64_t{retention_days} * kDay);
  Kept out{std::max(too_old, expired), index_of(now + kMaxAhead + 1), {}};
  if (out.first == 0 && out.last == events.size()) return out;
  RejectedLogEventsInfo& rejected = out.rejected.emplace();
  if (out.last < events.size()) rejected.too_new_log_event_start_index = static_cast<std::int32_t>(out.last);
  if (too_old > 0) rejected.too_old_log_event_end_index = static_cast<std::int32_t>(too_old);
  if (expired > 0) rejected.expired_log_event_end_index = static_cast<std::int32_t>(expired);
  return out;
}

Answer<PutLogEventsOutput> put(Logs& service, telemetry::GroupInfo group, PutLogEventsInput input,
                               base::WallTime now) {
  Kept kept = choose(input.log_events, base::unix_millis(now), group.retention_days);
  std::vector<telemetry::LogEvent> events;
  for (std::size_t i = kept.first; i < kept.last; ++i) {
    InputLogEvent& from = input.log_events[i];
    telemetry::LogEvent event;
    event.message = std::move(from.message);
    event.time = time_of(from.timestamp);
    events.push_back(std::move(event));
  }
  // With nothing to keep it still says whether group and stream are there.
  auto written =
      co_await service.store.put(std::move(group.key), std::move(input.log_stream_name), std::move(events));
  if (!written) co_return base::fail(store_failed());
  if (*written == telemetry::LogOutcome::kNoGroup) co_return base::fail(group_not_found());
  if (*written == telemetry::LogOutcome::kNoStream) co_return base::fail(stream_not_found());
  PutLogEventsOutput output;
  output.next_sequence_token = position_text({0, static_cast<std::uint64_t>(base::unix_millis(now))});
  output.rejected_log_events_info = kept.rejected;
  co_return output;
}

}  // namespace

Answer<PutLogEventsOutput> put_log_events(Logs& service, const wire::RequestContext& context,
                                          PutLogEventsInput input) {
  if (auto fault = fault_of(input.log_events)) co_return base::fail(invalid(std::move(*fault)));
  auto group = co_await load_group(service, key_of(context, input.log_group_name));
  if (!group) co_return base::fail(std::move(group.error()));
  co_return co_await put(service, std::move(*group), std::move(input), context.now);
}

}  // namespace millrace::logs
