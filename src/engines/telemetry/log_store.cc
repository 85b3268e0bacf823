#include "engines/telemetry/log_store.h"

#include <algorithm>
#include <map>

#include "base/log.h"
#include "engines/telemetry/log_keys.h"

namespace millrace::telemetry {
namespace {

using store::StoreError;
using Decided = base::Result<store::Verdict, StoreError>;
constexpr std::size_t kEventOverhead = 128;  // what an event costs in memory beside its message

base::Result<std::uint64_t, StoreError> stored_bytes(store::Reader& view, std::string_view key) {
  auto stored = view.get(key);
  if (!stored) return base::fail(stored.error());
  if (!*stored) return std::uint64_t{0};
  std::string_view bytes = **stored;
  return store::take_u64(bytes).value_or(0);
}

std::string encode_u64(std::uint64_t value) {
  std::string out;
  store::append_u64(out, value);
  return out;
}

// One batch: the events, the span of each stream, the size of each group.
class WriteEvents final : public store::Transaction {
 public:
  struct StreamSpan {
    base::WallTime first = base::WallTime::max();
    base::WallTime last = base::WallTime::min();
  };
  void add(const GroupKey& group, const LogEvent& event, std::uint64_t serial) {
    events.emplace_back(event_key(group, event.time, serial), event_value(event));
    std::string stream_key = group_prefix('s', group);
    store::append_bytes(stream_key, event.stream);
    StreamSpan& span = spans[std::move(stream_key)];
    span.first = std::min(span.first, event.time);
    span.last = std::max(span.last, event.time);
    added[group] += events.back().first.size() + events.back().second.size();
  }
  void seal() {
    for (const auto& [key, span] : spans)
      keys.push_back(key);
    for (const auto& [group, bytes] : added)
      keys.push_back(group_prefix('g', group));
  }
  Decided decide(store::Reader& view, store::Batch& batch) override {
    for (const auto& [key, value] : events)
      batch.put(key, value);
    for (const auto& [key, span] : spans) {
      auto stored = view.get(key);
      if (!stored) return base::fail(stored.error());
      StreamInfo known{"", span.first, span.last};
      if (*stored && !decode_stream(**stored, known)) return base::fail(StoreError::kCorrupt);
      batch.put(key, stream_value(std::min(known.first, span.first), std::max(known.last, span.last)));
    }
    for (const auto& [group, bytes] : added) {
      const std::string key = group_prefix('g', group);
      auto before = stored_bytes(view, key);
      if (!before) return base::fail(before.error());
      sizes[group] = *before + bytes;
      batch.put(key, encode_u64(*before + bytes));
    }
    return store::Verdict::kCommit;
  }
  std::vector<std::pair<std::string, std::string>> events;
  std::map<std::string, StreamSpan> spans;
  std::map<GroupKey, std::uint64_t> added;
  std::map<GroupKey, std::uint64_t> sizes;  // after the batch
};

}  // namespace

LogStore::LogStore(store::Store& store, base::Clock& clock, LogStoreOptions options)
    : store_(store), clock_(clock), options_(options), next_serial_(micros(clock.now())) {}

void LogStore::append(GroupKey group, LogEvent event) {
  if (event.message.size() > kMessageLimit) event.message.resize(kMessageLimit);
  const std::size_t cost = event.message.size() + kEventOverhead;
  std::lock_guard lock(mutex_);
  if (stopped_ || waiting_bytes_ + cost > options_.waiting_bytes) {
    ++dropped_;
    return;
  }
  waiting_bytes_ += cost;
  waiting_.push_back({std::move(group), std::move(event)});
}

std::uint64_t LogStore::dropped() const {
  std::lock_guard lock(mutex_);
  return dropped_;
}

std::vector<LogStore::Waiting> LogStore::take_batch() {
  std::vector<Waiting> batch;
  std::size_t bytes = 0;
  std::lock_guard lock(mutex_);
  while (!waiting_.empty() && bytes < options_.batch_bytes) {
    bytes += waiting_.front().event.message.size() + kEventOverhead;
    batch.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  waiting_bytes_ -= std::min(bytes, waiting_bytes_);
  if (!batch.empty()) ++writing_;
  return batch;
}

base::Task<bool> LogStore::write_batch() {
  std::vector<Waiting> batch = take_batch();
  if (batch.empty()) co_return false;
  WriteEvents transaction;
  std::uint64_t serial = 0;
  {
    std::lock_guard lock(mutex_);
    serial = next_serial_;
    next_serial_ += batch.size();
  }
  const base::WallTime now = clock_.now();
  for (Waiting& waiting : batch) {
    waiting.event.ingested = now;
    transaction.add(waiting.group, waiting.event, serial++);
  }
  transaction.seal();
  auto committed = co_await store_.commit(transaction);
  {
    std::lock_guard lock(mutex_);
    --writing_;
    if (!committed) dropped_ += batch.size();
  }
  if (!committed) {
    base::log(base::LogLevel::kWarning, "log events lost: {} (the store refused them)", batch.size());
    co_return true;
  }
  for (const auto& [group, bytes] : transaction.sizes) {
    if (bytes > options_.group_bytes) co_await trim(group);
  }
  co_return true;
}

base::Task<> LogStore::run() {
  while (true) {
    const bool wrote = co_await write_batch();
    if (wrote) continue;
    {
      std::lock_guard lock(mutex_);
      if (stopped_) break;
    }
    co_await clock_.sleep_for(options_.flush_interval);
  }
}

void LogStore::stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
}

base::Task<> LogStore::flush() {
  while (true) {
    const bool wrote = co_await write_batch();
    if (wrote) continue;
    {
      std::lock_guard lock(mutex_);
      if (writing_ == 0) break;
    }
    // Another task's batch is on its way to the store.
    co_await clock_.sleep_for(std::chrono::milliseconds(1));
  }
}

// Removes the oldest quarter of a group that has grown over its size.
base::Task<> LogStore::trim(GroupKey group) {
  const std::string prefix = group_prefix('e', group);
  store::KeyRange range = store::prefix_range(prefix);
  std::uint64_t removed = 0;
  store::Store::ReadBody body = [&](store::Reader& view) -> base::Result<void, StoreError> {
    removed = 0;
    range.end = range.begin;
    return view.scan(store::prefix_range(prefix), store::Order::kAscending,
                     [&](std::string_view key, std::string_view value) {
                       removed += key.size() + value.size();
                       range.end.assign(key).push_back('\0');
                       return removed * 4 < options_.group_bytes ? store::Visit::kContinue
                                                                 : store::Visit::kStop;
                     });
  };
  auto found = co_await store_.read(std::move(body));
  if (!found || removed == 0) co_return;
  const std::string size_key = group_prefix('g', group);
  auto decide = [&](store::Reader& view, store::Batch& batch) -> Decided {
    auto before = stored_bytes(view, size_key);
    if (!before) return base::fail(before.error());
    batch.del_range(range);
    batch.put(size_key, encode_u64(*before > removed ? *before - removed : 0));
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction{decide};
  transaction.keys.push_back(size_key);
  (void)co_await store_.commit(transaction);
}

base::Task<base::Result<std::vector<LogEvent>, StoreError>> LogStore::query(LogQuery query) {
  co_await flush();
  const std::string prefix = group_prefix('e', query.group);
  store::KeyRange range = store::prefix_range(prefix);
  if (query.from) range.begin = event_key(query.group, *query.from, 0);
  if (query.to) range.end = event_key(query.group, *query.to, 0);
  std::vector<LogEvent> events;
  store::Store::ReadBody body = [&](store::Reader& view) -> base::Result<void, StoreError> {
    events.clear();
    bool corrupt = false;
    auto visit = [&](std::string_view key, std::string_view value) {
      LogEvent event;
      corrupt = !decode_event(key.substr(prefix.size()), value, event);
      if (corrupt) return store::Visit::kStop;
      if (query.stream && event.stream != *query.stream) return store::Visit::kContinue;
      if (!query.request_id.empty() && event.request_id != query.request_id) return store::Visit::kContinue;
      events.push_back(std::move(event));
      return events.size() < query.limit ? store::Visit::kContinue : store::Visit::kStop;
    };
    auto scanned =
        view.scan(range, query.newest ? store::Order::kDescending : store::Order::kAscending, visit);
    if (!scanned) return base::fail(scanned.error());
    if (corrupt) return base::fail(StoreError::kCorrupt);
    return {};
  };
  auto done = co_await store_.read(std::move(body));
  if (!done) co_return base::fail(done.error());
  if (query.newest) std::reverse(events.begin(), events.end());
  co_return events;
}

base::Task<base::Result<std::vector<StreamInfo>, StoreError>> LogStore::streams(GroupKey group) {
  co_await flush();
  const std::string prefix = group_prefix('s', group);
  std::vector<StreamInfo> streams;
  store::Store::ReadBody body = [&](store::Reader& view) -> base::Result<void, StoreError> {
    streams.clear();
    return view.scan(store::prefix_range(prefix), store::Order::kAscending,
                     [&](std::string_view key, std::string_view value) {
                       StreamInfo info;
                       key.remove_prefix(prefix.size());
                       info.name = store::take_bytes(key).value_or("");
                       if (decode_stream(value, info)) streams.push_back(std::move(info));
                       return store::Visit::kContinue;
                     });
  };
  auto done = co_await store_.read(std::move(body));
  if (!done) co_return base::fail(done.error());
  co_return streams;
}

base::Task<base::Result<std::vector<GroupKey>, StoreError>> LogStore::groups(std::string account,
                                                                             std::string region) {
  co_await flush();
  std::string prefix = group_prefix('g', {account, region, ""});
  prefix.resize(prefix.size() - 2);  // without the empty name's terminator
  std::vector<GroupKey> groups;
  store::Store::ReadBody body = [&](store::Reader& view) -> base::Result<void, StoreError> {
    groups.clear();
    return view.scan(store::prefix_range(prefix), store::Order::kAscending,
                     [&](std::string_view key, std::string_view) {
                       key.remove_prefix(prefix.size());
                       groups.push_back({account, region, store::take_bytes(key).value_or("")});
                       return store::Visit::kContinue;
                     });
  };
  auto done = co_await store_.read(std::move(body));
  if (!done) co_return base::fail(done.error());
  co_return groups;
}

base::Task<base::Result<void, StoreError>> LogStore::erase(GroupKey group) {
  co_await flush();
  auto decide = [&group](store::Reader&, store::Batch& batch) -> Decided {
    batch.del_range(store::prefix_range(group_prefix('e', group)));
    batch.del_range(store::prefix_range(group_prefix('s', group)));
    batch.del(group_prefix('g', group));
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction{decide};
  auto committed = co_await store_.commit(transaction);
  if (!committed) co_return base::fail(committed.error());
  co_return base::Result<void, StoreError>();
}

}  // namespace millrace::telemetry
