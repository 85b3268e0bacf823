#include "engines/telemetry/log_store.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "engines/telemetry/log_keys.h"
#include "engines/telemetry/write_events.h"

namespace millrace::telemetry {
namespace {

using store::StoreError;
using Decided = base::Result<store::Verdict, StoreError>;
constexpr std::size_t kEventOverhead = 128;  // what an event costs in memory beside its message

}  // namespace

LogStore::LogStore(store::Store& store, base::Clock& clock, LogStoreOptions options)
    : store_(store), clock_(clock), options_(options), next_serial_(micros(clock.now())) {}

void LogStore::append(GroupKey group, LogEvent event) {
  if (event.message.size() > kMessageLimit) event.message.resize(kMessageLimit);
  // CloudWatch's grain. A runtime's clock says milliseconds, the server's microseconds: events of the same millisecond
  // keep the order in which they came.
  event.time = std::chrono::floor<std::chrono::milliseconds>(event.time);
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

std::shared_ptr<const LogStore::Taps> LogStore::taps() const {
  std::lock_guard lock(mutex_);
  return taps_;
}

void LogStore::tap(std::shared_ptr<LogTap> tap) {
  std::lock_guard lock(mutex_);
  Taps taps = taps_ ? *taps_ : Taps();
  taps.push_back(std::move(tap));
  taps_ = std::make_shared<const Taps>(std::move(taps));
}

void LogStore::untap(const LogTap* tap) {
  std::lock_guard lock(mutex_);
  if (!taps_) return;
  Taps taps = *taps_;
  std::erase_if(taps, [tap](const auto& known) { return known.get() == tap; });
  taps_ = taps.empty() ? nullptr : std::make_shared<const Taps>(std::move(taps));
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

std::uint64_t LogStore::take_serials(std::size_t count) {
  std::lock_guard lock(mutex_);
  return std::exchange(next_serial_, next_serial_ + count);
}

base::Task<bool> LogStore::write_batch() {
  std::vector<Waiting> batch = take_batch();
  if (batch.empty()) co_return false;
  const base::WallTime now = clock_.now();
  WriteEvents transaction(now, WriteEvents::Absent::kCreate);
  std::uint64_t serial = take_serials(batch.size());
  for (Waiting& waiting : batch) {
    waiting.event.ingested = now;
    waiting.event.serial = serial++;
    transaction.add(waiting.group, waiting.event);
  }
  transaction.seal();
  auto committed = co_await store_.commit(transaction);
  std::vector<std::shared_ptr<Written>> flushing;
  {
    std::lock_guard lock(mutex_);
    if (--writing_ == 0) flushing = std::exchange(flushing_, {});
    if (!committed) dropped_ += batch.size();
  }
  for (const auto& written : flushing)
    written->try_send(boost::system::error_code());
  if (!committed) {
    base::log(base::LogLevel::kWarning, "log events lost: {} (the store refused them)", batch.size());
    co_return true;
  }
  if (const auto listening = taps()) {
    std::vector<StoredEvent> stored;
    stored.reserve(batch.size());
    for (const Waiting& written : batch)
      stored.push_back({written.group, written.event});
    for (const auto& tap : *listening)
      tap->stored(stored);
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
  const auto executor = co_await boost::asio::this_coro::executor;
  while (true) {
    const bool wrote = co_await write_batch();
    if (wrote) continue;
    // Another task's batch may be on its way to the store.
    std::shared_ptr<Written> written;
    {
      std::lock_guard lock(mutex_);
      if (writing_ == 0) break;
      written = flushing_.emplace_back(std::make_shared<Written>(executor, 1));
    }
    co_await written->async_receive(boost::asio::as_tuple(boost::asio::use_awaitable));
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
  co_await remove_events(std::move(group), std::move(range.end), removed);
}

base::Task<> LogStore::remove_events(GroupKey group, std::string end, std::uint64_t removed) {
  const std::string size_key = group_prefix('g', group);
  const store::KeyRange range{group_prefix('e', group), std::move(end)};
  auto decide = [&](store::Reader& view, store::Batch& batch) -> Decided {
    auto before = stored_bytes(view, size_key);
    if (!before) return base::fail(before.error());
    batch.del_range(range);
    batch.put(size_key, size_value(*before > removed ? *before - removed : 0));
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction{decide};
  transaction.keys.push_back(size_key);
  (void)co_await store_.commit(transaction);
}

base::Task<base::Result<std::vector<LogEvent>, StoreError>> LogStore::query(LogQuery query) {
  auto found = co_await page(std::move(query));
  if (!found) co_return base::fail(found.error());
  co_return std::move(found->events);
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
    batch.del(group_prefix('m', group));
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction{decide};
  auto committed = co_await store_.commit(transaction);
  if (!committed) co_return base::fail(committed.error());
  co_return base::Result<void, StoreError>();
}

}  // namespace millrace::telemetry
