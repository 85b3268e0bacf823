// Groups and streams as things of their own, made and changed by clients.
#include "engines/telemetry/log_keys.h"
#include "engines/telemetry/log_store.h"
#include "engines/telemetry/write_events.h"

namespace millrace::telemetry {
namespace {

using store::StoreError;
using Decided = base::Result<store::Verdict, StoreError>;

// A group written before groups had records has a size only.
base::Result<std::optional<GroupInfo>, StoreError> load(store::Reader& view, const GroupKey& key) {
  auto size = view.get(group_prefix('g', key));
  if (!size) return base::fail(size.error());
  auto about = view.get(group_prefix('m', key));
  if (!about) return base::fail(about.error());
  if (!*size && !*about) return std::optional<GroupInfo>();
  GroupInfo info;
  info.key = key;
  if (*about && !decode_group(**about, info)) return base::fail(StoreError::kCorrupt);
  if (*size) {
    std::string_view bytes = **size;
    info.stored_bytes = store::take_u64(bytes).value_or(0);
  }
  return std::optional<GroupInfo>(std::move(info));
}

std::vector<std::string> group_keys(const GroupKey& key) {
  return {group_prefix('g', key), group_prefix('m', key)};
}

// Commits `decide`, which leaves why it refused in `outcome`.
template <class Decide>
base::Task<LogStore::Outcome> commit(store::Store& store, std::vector<std::string> keys, Decide& decide,
                                     LogOutcome& outcome) {
  store::LambdaTransaction transaction{std::ref(decide)};
  transaction.keys = std::move(keys);
  auto committed = co_await store.commit(transaction);
  if (!committed) co_return base::fail(committed.error());
  co_return outcome;
}

}  // namespace

base::Task<LogStore::Outcome> LogStore::find_stream(GroupKey group, std::string stream) {
  LogOutcome outcome = LogOutcome::kDone;
  store::Store::ReadBody body = [&](store::Reader& view) -> base::Result<void, StoreError> {
    auto info = load(view, group);
    if (!info) return base::fail(info.error());
    auto known = view.get(stream_key(group, stream));
    if (!known) return base::fail(known.error());
    outcome = !*info ? LogOutcome::kNoGroup : !*known ? LogOutcome::kNoStream : LogOutcome::kDone;
    return {};
  };
  auto done = co_await store_.read(std::move(body));
  if (!done) co_return base::fail(done.error());
  co_return outcome;
}

base::Task<LogStore::Outcome> LogStore::put(GroupKey group, std::string stream,
                                            std::vector<LogEvent> events) {
  if (events.empty()) co_return co_await find_stream(std::move(group), std::move(stream));
  const base::WallTime now = clock_.now();
  WriteEvents transaction(now, WriteEvents::Absent::kRefuse);
  std::uint64_t serial = take_serials(events.size());
  for (LogEvent& event : events) {
    event.stream = stream;
    event.ingested = now;
    event.serial = serial++;
    transaction.add(group, event);
  }
  transaction.seal();
  auto committed = co_await store_.commit(transaction);
  if (!committed) co_return base::fail(committed.error());
  if (transaction.outcome != LogOutcome::kDone) co_return transaction.outcome;
  if (const auto listening = taps()) {
    std::vector<StoredEvent> stored;
    stored.reserve(events.size());
    for (const LogEvent& event : events)
      stored.push_back({group, event});
    for (const auto& tap : *listening)
      tap->stored(stored);
  }
  if (transaction.sizes[group] > options_.group_bytes) co_await trim(std::move(group));
  co_return transaction.outcome;
}

base::Task<LogStore::Outcome> LogStore::create_group(GroupInfo info) {
  co_await flush();
  LogOutcome outcome = LogOutcome::kDone;
  auto decide = [&](store::Reader& view, store::Batch& batch) -> Decided {
    auto found = load(view, info.key);
    if (!found) return base::fail(found.error());
    outcome = *found ? LogOutcome::kExists : LogOutcome::kDone;
    if (*found) return store::Verdict::kRefuse;
    batch.put(group_prefix('g', info.key), size_value(0));
    batch.put(group_prefix('m', info.key), group_value(info));
    return store::Verdict::kCommit;
  };
  co_return co_await commit(store_, group_keys(info.key), decide, outcome);
}

base::Task<base::Result<std::optional<GroupInfo>, StoreError>> LogStore::find_group(GroupKey group) {
  co_await flush();
  std::optional<GroupInfo> info;
  store::Store::ReadBody body = [&](store::Reader& view) -> base::Result<void, StoreError> {
    auto found = load(view, group);
    if (!found) return base::fail(found.error());
    info = std::move(*found);
    return {};
  };
  auto done = co_await store_.read(std::move(body));
  if (!done) co_return base::fail(done.error());
  co_return info;
}

base::Task<base::Result<std::vector<GroupInfo>, StoreError>> LogStore::list_groups(std::string account,
                                                                                   std::string region) {
  auto keys = co_await groups(std::move(account), std::move(region));
  if (!keys) co_return base::fail(keys.error());
  std::vector<GroupInfo> out;
  store::Store::ReadBody body = [&](store::Reader& view) -> base::Result<void, StoreError> {
    out.clear();
    for (const GroupKey& key : *keys) {
      auto found = load(view, key);
      if (!found) return base::fail(found.error());
      if (*found) out.push_back(std::move(**found));
    }
    return {};
  };
  auto done = co_await store_.read(std::move(body));
  if (!done) co_return base::fail(done.error());
  co_return out;
}

base::Task<LogStore::Outcome> LogStore::change_group(GroupKey group, std::function<void(GroupInfo&)> edit) {
  co_await flush();
  LogOutcome outcome = LogOutcome::kDone;
  auto decide = [&](store::Reader& view, store::Batch& batch) -> Decided {
    auto found = load(view, group);
    if (!found) return base::fail(found.error());
    outcome = *found ? LogOutcome::kDone : LogOutcome::kNoGroup;
    if (!*found) return store::Verdict::kRefuse;
    edit(**found);
    batch.put(group_prefix('m', group), group_value(**found));
    return store::Verdict::kCommit;
  };
  co_return co_await commit(store_, group_keys(group), decide, outcome);
}

base::Task<LogStore::Outcome> LogStore::create_stream(GroupKey group, std::string stream) {
  co_await flush();
  LogOutcome outcome = LogOutcome::kDone;
  const base::WallTime now = clock_.now();
  const std::string key = stream_key(group, stream);
  auto decide = [&](store::Reader& view, store::Batch& batch) -> Decided {
    auto found = load(view, group);
    if (!found) return base::fail(found.error());
    auto known = view.get(key);
    if (!known) return base::fail(known.error());
    outcome = !*found ? LogOutcome::kNoGroup : *known ? LogOutcome::kExists : LogOutcome::kDone;
    if (outcome != LogOutcome::kDone) return store::Verdict::kRefuse;
    batch.put(key, stream_value(empty_stream(now)));
    return store::Verdict::kCommit;
  };
  std::vector<std::string> keys = group_keys(group);
  keys.push_back(key);
  co_return co_await commit(store_, std::move(keys), decide, outcome);
}

base::Task<LogStore::Outcome> LogStore::erase_stream(GroupKey group, std::string stream) {
  LogQuery query;
  query.group = group;
  query.stream = stream;
  query.limit = std::size_t{1} << 30;
  auto events = co_await page(std::move(query));
  if (!events) co_return base::fail(events.error());
  LogOutcome outcome = LogOutcome::kDone;
  const std::string key = stream_key(group, stream);
  auto decide = [&](store::Reader& view, store::Batch& batch) -> Decided {
    auto found = load(view, group);
    if (!found) return base::fail(found.error());
    auto known = view.get(key);
    if (!known) return base::fail(known.error());
    outcome = !*found ? LogOutcome::kNoGroup : !*known ? LogOutcome::kNoStream : LogOutcome::kDone;
    if (outcome != LogOutcome::kDone) return store::Verdict::kRefuse;
    std::uint64_t removed = 0;
    for (const LogEvent& event : events->events) {
      const std::string at = event_key(group, event.time, event.serial);
      removed += at.size() + event_value(event).size();
      batch.del(at);
    }
    const std::uint64_t before = (*found)->stored_bytes;
    batch.put(group_prefix('g', group), size_value(before > removed ? before - removed : 0));
    batch.del(key);
    return store::Verdict::kCommit;
  };
  std::vector<std::string> keys = group_keys(group);
  keys.push_back(key);
  co_return co_await commit(store_, std::move(keys), decide, outcome);
}

base::Task<> LogStore::expire() {
  std::string prefix;
  store::append_tag(prefix, 'l');
  store::append_tag(prefix, 'm');
  std::vector<GroupInfo> bounded;
  store::Store::ReadBody body = [&](store::Reader& view) -> base::Result<void, StoreError> {
    bounded.clear();
    return view.scan(store::prefix_range(prefix), store::Order::kAscending,
                     [&](std::string_view key, std::string_view value) {
                       GroupInfo info;
                       key.remove_prefix(prefix.size());
                       info.key.account = store::take_bytes(key).value_or("");
                       info.key.region = store::take_bytes(key).value_or("");
                       info.key.name = store::take_bytes(key).value_or("");
                       if (decode_group(value, info) && info.retention_days > 0)
                         bounded.push_back(std::move(info));
                       return store::Visit::kContinue;
                     });
  };
  auto found = co_await store_.read(std::move(body));
  if (!found) co_return;
  for (GroupInfo& group : bounded)
    co_await expire_group(std::move(group));
}

base::Task<> LogStore::expire_group(GroupInfo group) {
  const base::WallTime oldest = clock_.now() - std::chrono::days(group.retention_days);
  store::KeyRange range{group_prefix('e', group.key), event_key(group.key, oldest, 0)};
  std::uint64_t removed = 0;
  store::Store::ReadBody body = [&](store::Reader& view) -> base::Result<void, StoreError> {
    removed = 0;
    return view.scan(range, store::Order::kAscending, [&](std::string_view key, std::string_view value) {
      removed += key.size() + value.size();
      return store::Visit::kContinue;
    });
  };
  auto found = co_await store_.read(std::move(body));
  if (found && removed > 0) co_await remove_events(std::move(group.key), std::move(range.end), removed);
}

}  // namespace millrace::telemetry
