#include "engines/stream/shards.h"

#include <algorithm>

#include "engines/stream/layout.h"

namespace millrace::stream {

namespace {

using Done = base::Result<void, store::StoreError>;
using Verdict = base::Result<store::Verdict, store::StoreError>;

// One replacement, in a handle.
class Replacing {
 public:
  Replacing(store::Batch& batch, Handle& handle, base::WallTime now, store::Sequence reached)
      : batch_(batch), handle_(handle), now_(now), reached_(reached) {}

  void replace(std::size_t index, ShardRecord parent, std::optional<Place> at) {
    const ShardRef ref{handle_.id, handle_.open[index].number};
    // Everything that the parent holds was committed before this; the children's records come after.
    parent.ending = std::max(reached_, parent.starting);
    parent.closed = now_;
    batch_.put(shard_key(ref), encode_shard(parent));
    append_end(batch_, ref, now_);
    handle_.open[index] = open(parent, parent.begin, at.value_or(parent.end));
    if (!at) return;
    const OpenShard second = open(parent, *at, parent.end);
    handle_.open.insert(handle_.open.begin() + static_cast<std::ptrdiff_t>(index) + 1, second);
  }

 private:
  OpenShard open(const ShardRecord& parent, Place begin, Place end) {
    const OpenShard made{handle_.next++, begin, now_};
    const ShardRef ref{handle_.id, made.number};
    ShardRecord child;
    child.id = new_shard_id(ref, now_);
    child.parent = parent.id;
    child.begin = begin;
    child.end = end;
    child.opened = now_;
    child.starting = parent.ending + 1;
    batch_.put(shard_key(ref), encode_shard(child));
    return made;
  }

  store::Batch& batch_;
  Handle& handle_;
  const base::WallTime now_;
  const store::Sequence reached_;
};

struct Upgraded {
  NewStream stream;
  std::uint32_t shards = 0;
};

base::Task<base::Result<std::vector<Upgraded>, store::StoreError>> find_old(store::Store& store) {
  std::vector<Upgraded> found;
  auto body = [&found](store::Reader& view) -> Done {
    found.clear();
    return view.scan(store::prefix_range(all_descriptions_prefix()), store::Order::kAscending,
                     [&found](std::string_view key, std::string_view value) {
                       auto old = decode_old_description(value);
                       auto name = name_of_key(key);
                       if (!old || !name) return store::Visit::kContinue;
                       old->first.name = std::move(*name);
                       found.push_back({std::move(old->first), old->second});
                       return store::Visit::kContinue;
                     });
  };
  const auto done = co_await store.read(body);
  if (!done) co_return base::fail(done.error());
  co_return found;
}

void upgrade(store::Batch& batch, const Upgraded& old) {
  batch.put(description_key(old.stream.name), encode_description(old.stream));
  for (std::uint32_t number = 0; number < old.shards; ++number) {
    ShardRecord shard;
    shard.id = old_shard_id(old.stream, number);
    shard.begin = kPlaces * number / old.shards;
    shard.end = kPlaces * (number + 1) / old.shards;
    shard.opened = old.stream.created;
    shard.starting = old.stream.created_at + 1;
    batch.put(shard_key({old.stream.handle.id, number}), encode_shard(shard));
  }
}

}  // namespace

std::vector<std::string> replacement_keys(std::uint64_t stream,
                                          const std::vector<Replacement>& replacements) {
  std::vector<std::string> keys;
  for (const Replacement& one : replacements)
    keys.push_back(shard_key({stream, one.shard}));
  return keys;
}

base::Result<Handle, store::StoreError> replace_shards(store::Reader& view, store::Batch& batch,
                                                       Handle handle,
                                                       const std::vector<Replacement>& replacements,
                                                       base::WallTime now) {
  Replacing replacing(batch, handle, now, view.now());
  for (const Replacement& one : replacements) {
    const auto open = std::ranges::find(handle.open, one.shard, &OpenShard::number);
    if (open == handle.open.end() || (one.at && handle.open.size() >= kMaxOpenShards)) continue;
    const auto stored = view.get(shard_key({handle.id, one.shard}));
    if (!stored) return base::fail(stored.error());
    auto parent = *stored ? decode_shard(**stored) : std::nullopt;
    if (!parent) return base::fail(store::StoreError::kCorrupt);
    if (one.at && (*one.at <= parent->begin || *one.at >= parent->end)) continue;
    replacing.replace(static_cast<std::size_t>(open - handle.open.begin()), std::move(*parent), one.at);
  }
  return handle;
}

base::Task<base::Result<void, store::StoreError>> upgrade_streams(store::Store& store) {
  const auto old = co_await find_old(store);
  if (!old) co_return base::fail(old.error());
  if (old->empty()) co_return Done();
  auto decide = [&old](store::Reader&, store::Batch& batch) -> Verdict {
    for (const Upgraded& one : *old)
      upgrade(batch, one);
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  const auto done = co_await store.commit(transaction);
  if (!done) co_return base::fail(done.error());
  co_return Done();
}

}  // namespace millrace::stream
