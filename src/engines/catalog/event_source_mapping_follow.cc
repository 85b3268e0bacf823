// What src/triggers asks of mappings: following changes, settling transitions, keeping positions.
#include <algorithm>

#include "engines/catalog/event_source_mapping.h"
#include "engines/catalog/event_source_mapping_codec.h"
#include "store/tuple.h"

namespace millrace::catalog {

namespace {

using Done = base::Result<void, store::StoreError>;
using Verdict = base::Result<store::Verdict, store::StoreError>;

MappingError failed(store::StoreError error) {
  return {MappingErrorKind::kStore, error, {}};
}

base::Result<std::optional<EventSourceMapping>, store::StoreError> load(store::Reader& view,
                                                                        std::string_view uuid) {
  const auto bytes = view.get(mapping_key(uuid));
  if (!bytes) return base::fail(bytes.error());
  if (!*bytes) return std::nullopt;
  auto mapping = decode_mapping(**bytes);
  if (!mapping) return base::fail(store::StoreError::kCorrupt);
  return mapping;
}

}  // namespace

base::Task<MappingResult<bool>> EventSourceMappings::settle(EventSourceMapping seen) {
  bool settled = false;
  auto decide = [&](store::Reader& view, store::Batch& batch) -> Verdict {
    settled = false;
    auto stored = load(view, seen.uuid);
    if (!stored) return base::fail(stored.error());
    if (!*stored || (*stored)->version != seen.version) return store::Verdict::kRefuse;
    settled = true;
    if ((*stored)->state == MappingState::kDeleting) {
      batch.del(mapping_key(seen.uuid));
      batch.del(pair_key(**stored));
      batch.del(result_key(seen.uuid));
      batch.del_range(store::prefix_range(positions_prefix(seen.uuid)));
      batch.del_range(store::prefix_range(windows_prefix(seen.uuid)));
      return store::Verdict::kCommit;
    }
    (*stored)->state = (*stored)->enabled ? MappingState::kEnabled : MappingState::kDisabled;
    batch.put(mapping_key(seen.uuid), encode_mapping(**stored));
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  transaction.keys = {mapping_key(seen.uuid)};
  const auto done = co_await store_.commit(transaction);
  if (!done) co_return base::fail(failed(done.error()));
  co_return settled;
}

base::Task<MappingResult<void>> EventSourceMappings::set_last_result(std::string uuid, std::string result) {
  auto decide = [&](store::Reader& view, store::Batch& batch) -> Verdict {
    const auto stored = view.get(mapping_key(uuid));
    if (!stored) return base::fail(stored.error());
    if (!*stored) return store::Verdict::kRefuse;
    batch.put(result_key(uuid), result);
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  transaction.keys = {mapping_key(uuid)};
  const auto done = co_await store_.commit(transaction);
  if (!done) co_return base::fail(failed(done.error()));
  co_return MappingResult<void>();
}

base::Task<MappingResult<std::optional<store::Sequence>>> EventSourceMappings::position(std::string uuid,
                                                                                        store::LogId shard) {
  std::optional<store::Sequence> found;
  auto body = [&](store::Reader& view) -> Done {
    const auto bytes = view.get(position_key(uuid, shard));
    if (!bytes) return base::fail(bytes.error());
    found.reset();
    if (!*bytes) return {};
    found = decode_position(**bytes);
    if (!found) return base::fail(store::StoreError::kCorrupt);
    return {};
  };
  const auto done = co_await store_.read(body);
  if (!done) co_return base::fail(failed(done.error()));
  co_return found;
}

base::Task<MappingResult<bool>> EventSourceMappings::advance(std::string uuid, store::LogId shard,
                                                             store::Sequence position) {
  bool there = false;
  const std::string key = position_key(uuid, shard);
  auto decide = [&](store::Reader& view, store::Batch& batch) -> Verdict {
    const auto mapping = view.get(mapping_key(uuid));
    if (!mapping) return base::fail(mapping.error());
    there = mapping->has_value();
    if (!there) return store::Verdict::kRefuse;
    const auto stored = view.get(key);
    if (!stored) return base::fail(stored.error());
    if (*stored && decode_position(**stored).value_or(0) >= position) return store::Verdict::kRefuse;
    batch.put(key, encode_position(position));
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  transaction.keys = {mapping_key(uuid), key};
  const auto done = co_await store_.commit(transaction);
  if (!done) co_return base::fail(failed(done.error()));
  co_return there;
}

base::Task<MappingResult<std::map<std::uint32_t, std::string>>> EventSourceMappings::windows(
    std::string uuid, store::LogId shard) {
  std::map<std::uint32_t, std::string> found;
  std::string prefix = windows_prefix(uuid);
  store::append_u64(prefix, shard);
  auto body = [&](store::Reader& view) -> Done {
    found.clear();
    bool corrupt = false;
    auto visit = [&](std::string_view key, std::string_view value) {
      key.remove_prefix(prefix.size());
      const auto lane = store::take_u64(key);
      corrupt = !lane;
      if (corrupt) return store::Visit::kStop;
      found.emplace(static_cast<std::uint32_t>(*lane), value);
      return store::Visit::kContinue;
    };
    const auto scanned = view.scan(store::prefix_range(prefix), store::Order::kAscending, visit);
    if (!scanned) return scanned;
    if (corrupt) return base::fail(store::StoreError::kCorrupt);
    return {};
  };
  const auto done = co_await store_.read(body);
  if (!done) co_return base::fail(failed(done.error()));
  co_return std::move(found);
}

base::Task<MappingResult<bool>> EventSourceMappings::put_window(std::string uuid, store::LogId shard,
                                                                std::uint32_t lane,
                                                                std::optional<std::string> bytes) {
  bool there = false;
  auto decide = [&](store::Reader& view, store::Batch& batch) -> Verdict {
    const auto mapping = view.get(mapping_key(uuid));
    if (!mapping) return base::fail(mapping.error());
    there = mapping->has_value();
    if (!there) return store::Verdict::kRefuse;
    const std::string key = window_key(uuid, shard, lane);
    if (bytes) {
      batch.put(key, *bytes);
    } else {
      batch.del(key);
    }
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  transaction.keys = {mapping_key(uuid)};
  const auto done = co_await store_.commit(transaction);
  if (!done) co_return base::fail(failed(done.error()));
  co_return there;
}

base::Task<MappingResult<void>> EventSourceMappings::keep_shards(std::string uuid,
                                                                 std::vector<store::LogId> shards) {
  std::vector<std::string> old;
  auto body = [&](store::Reader& view) -> Done {
    old.clear();
    for (const std::string& prefix : {positions_prefix(uuid), windows_prefix(uuid)}) {
      auto visit = [&](std::string_view key, std::string_view) {
        std::string_view rest = key.substr(prefix.size());
        const auto shard = store::take_u64(rest);
        if (shard && std::ranges::find(shards, *shard) == shards.end()) old.emplace_back(key);
        return store::Visit::kContinue;
      };
      const auto scanned = view.scan(store::prefix_range(prefix), store::Order::kAscending, visit);
      if (!scanned) return scanned;
    }
    return {};
  };
  const auto read = co_await store_.read(body);
  if (!read) co_return base::fail(failed(read.error()));
  if (old.empty()) co_return MappingResult<void>();
  auto decide = [&old](store::Reader&, store::Batch& batch) -> Verdict {
    for (const std::string& key : old)
      batch.del(key);
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  const auto done = co_await store_.commit(transaction);
  if (!done) co_return base::fail(failed(done.error()));
  co_return MappingResult<void>();
}

base::Task<MappingResult<std::vector<std::string>>> EventSourceMappings::wait_for_changes(
    store::Sequence& seen) {
  const auto waited = co_await store_.wait_for_append(mapping_changes_log(), seen);
  if (!waited) co_return base::fail(failed(waited.error()));
  std::vector<std::string> changed;
  store::Sequence last = seen;
  auto body = [&](store::Reader& view) -> Done {
    changed.clear();
    last = seen;
    return view.read_log(mapping_changes_log(), seen + 1,
                         [&](store::Sequence sequence, std::string_view uuid) {
                           if (std::find(changed.begin(), changed.end(), uuid) == changed.end())
                             changed.emplace_back(uuid);
                           last = sequence;
                           return store::Visit::kContinue;
                         });
  };
  const auto done = co_await store_.read(body);
  if (!done) co_return base::fail(failed(done.error()));
  seen = last;
  co_return std::move(changed);
}

base::Task<MappingResult<store::Sequence>> EventSourceMappings::changes_seen() {
  store::Sequence last = 0;
  auto body = [&](store::Reader& view) -> Done {
    const auto found = view.log_last(mapping_changes_log());
    if (!found) return base::fail(found.error());
    last = *found;
    return {};
  };
  const auto done = co_await store_.read(body);
  if (!done) co_return base::fail(failed(done.error()));
  co_return last;
}

}  // namespace millrace::catalog
