// Reading events page by page.
#include <algorithm>

#include "engines/telemetry/log_keys.h"
#include "engines/telemetry/log_store.h"

namespace millrace::telemetry {
namespace {

using store::StoreError;

store::KeyRange range_of(const LogQuery& query, const std::string& prefix) {
  store::KeyRange range = store::prefix_range(prefix);
  if (query.from) range.begin = event_key(query.group, *query.from, 0);
  if (query.to) range.end = event_key(query.group, *query.to, 0);
  if (query.after) {
    std::string begin = event_key(query.group, from_micros(query.after->micros), query.after->serial);
    begin.push_back('\0');
    range.begin = std::max(range.begin, begin);
  }
  if (query.before)
    range.end =
        std::min(range.end, event_key(query.group, from_micros(query.before->micros), query.before->serial));
  return range;
}

bool wanted(const LogQuery& query, const LogEvent& event) {
  if (query.stream && event.stream != *query.stream) return false;
  if (!query.request_id.empty() && event.request_id != query.request_id) return false;
  return !query.accept || query.accept(event);
}

}  // namespace

EventPosition position_of(const LogEvent& event) {
  return {micros(event.time), event.serial};
}

base::Task<base::Result<LogPage, StoreError>> LogStore::page(LogQuery query) {
  co_await flush();
  const std::string prefix = group_prefix('e', query.group);
  const store::KeyRange range = range_of(query, prefix);
  LogPage page;
  if (range.begin >= range.end || query.limit == 0) co_return page;
  store::Store::ReadBody body = [&](store::Reader& view) -> base::Result<void, StoreError> {
    page = {};
    bool corrupt = false;
    auto visit = [&](std::string_view key, std::string_view value) {
      LogEvent event;
      corrupt = !decode_event(key.substr(prefix.size()), value, event);
      if (corrupt) return store::Visit::kStop;
      page.scanned_bytes += value.size();
      ++page.scanned_events;
      const EventPosition here = position_of(event);
      if (wanted(query, event)) page.events.push_back(std::move(event));
      if (page.events.size() < query.limit && page.scanned_bytes < query.scan_bytes)
        return store::Visit::kContinue;
      page.stopped_at = here;
      return store::Visit::kStop;
    };
    auto scanned =
        view.scan(range, query.newest ? store::Order::kDescending : store::Order::kAscending, visit);
    if (!scanned) return base::fail(scanned.error());
    if (corrupt) return base::fail(StoreError::kCorrupt);
    return {};
  };
  auto done = co_await store_.read(std::move(body));
  if (!done) co_return base::fail(done.error());
  if (query.newest) std::reverse(page.events.begin(), page.events.end());
  co_return page;
}

}  // namespace millrace::telemetry
