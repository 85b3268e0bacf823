#include "engines/stream/reading.h"

#include <algorithm>

#include "engines/stream/layout.h"
#include "store/tuple.h"

namespace millrace::stream {

namespace {

using Done = base::Result<void, store::StoreError>;

Error failed(store::StoreError error) {
  return {ErrorKind::kStore, error};
}

// A stored unsigned number; 0 when absent.
base::Result<std::uint64_t, store::StoreError> number_at(store::Reader& view, const std::string& key) {
  const auto stored = view.get(key);
  if (!stored) return base::fail(stored.error());
  if (!*stored) return 0;
  std::string_view bytes = **stored;
  const auto number = store::take_u64(bytes);
  if (!number) return base::fail(store::StoreError::kCorrupt);
  return *number;
}

// A shard that was open when the whole stream was closed.
Done end_with_stream(store::Reader& view, Shard& shard) {
  const auto last = view.log_last(shard.log);
  if (!last) return base::fail(last.error());
  const auto floor = number_at(view, floor_key(shard.log));
  if (!floor) return base::fail(floor.error());
  shard.ending = std::max({*last, *floor, shard.starting});
  return {};
}

Done fill(store::Reader& view, StreamName name, const NewStream& stored, Stream& out) {
  out = {};
  out.name = std::move(name);
  out.id = stored.handle.id;
  out.created = stored.created;
  out.details = stored.details;
  const auto closed = view.get(closed_key(out.id));
  if (!closed) return base::fail(closed.error());
  if (*closed) {
    out.state = State::kDisabled;
    out.closed = decode_time(**closed).value_or(stored.created);
  }
  bool corrupt = false;
  const auto scanned =
      view.scan(store::prefix_range(shards_prefix(out.id)), store::Order::kAscending,
                [&](std::string_view key, std::string_view value) {
                  const auto number = number_of_key(key);
                  auto shard = decode_shard(value);
                  corrupt = !number || !shard;
                  if (corrupt) return store::Visit::kStop;
                  const ShardRef ref{out.id, *number};
                  out.shards.push_back({ref, std::move(shard->id), std::move(shard->parent), shard_log(ref),
                                        shard->closed, shard->starting, shard->ending});
                  return store::Visit::kContinue;
                });
  if (!scanned) return scanned;
  if (corrupt) return base::fail(store::StoreError::kCorrupt);
  for (Shard& shard : out.shards) {
    if (!*closed || shard.ending != 0) continue;
    if (const auto ended = end_with_stream(view, shard); !ended) return ended;
  }
  return {};
}

// Whether nothing will be appended; `gone`: the shard is no more.
base::Result<bool, store::StoreError> is_closed(store::Reader& view, const ShardRef& ref, bool& gone) {
  const auto stored = view.get(shard_key(ref));
  if (!stored) return base::fail(stored.error());
  gone = !stored->has_value();
  if (gone) return true;
  const auto shard = decode_shard(**stored);
  if (!shard) return base::fail(store::StoreError::kCorrupt);
  if (shard->ending != 0) return true;
  const auto closed = view.get(closed_key(ref.stream));
  if (!closed) return base::fail(closed.error());
  return closed->has_value();
}

std::string list_start(const ListRequest& request, const std::string& prefix) {
  if (!request.after) return prefix;
  return std::max(prefix, description_key(*request.after) + '\0');
}

}  // namespace

const Shard* Stream::find_shard(std::string_view shard_id) const {
  const auto found =
      std::find_if(shards.begin(), shards.end(), [&](const Shard& shard) { return shard.id == shard_id; });
  return found == shards.end() ? nullptr : &*found;
}

base::Task<base::Result<Stream, Error>> describe(store::Store& store, StreamName name) {
  Stream stream;
  bool found = false;
  auto body = [&](store::Reader& view) -> Done {
    const auto bytes = view.get(description_key(name));
    if (!bytes) return base::fail(bytes.error());
    found = bytes->has_value();
    if (!found) return {};
    const auto stored = decode_description(**bytes);
    if (!stored) return base::fail(store::StoreError::kCorrupt);
    return fill(view, name, *stored, stream);
  };
  const auto done = co_await store.read(body);
  if (!done) co_return base::fail(failed(done.error()));
  if (!found) co_return base::fail(Error{ErrorKind::kNotFound});
  co_return stream;
}

base::Task<base::Result<std::vector<Stream>, Error>> list(store::Store& store, ListRequest request) {
  std::vector<Stream> streams;
  auto body = [&](store::Reader& view) -> Done {
    streams.clear();
    const auto prefix = request.account.empty()
                            ? all_descriptions_prefix()
                            : descriptions_prefix(request.account, request.region, request.owner);
    store::KeyRange range = store::prefix_range(prefix);
    range.begin = list_start(request, prefix);
    std::vector<std::pair<StreamName, NewStream>> stored;
    bool corrupt = false;
    const auto scanned =
        view.scan(range, store::Order::kAscending, [&](std::string_view key, std::string_view value) {
          if (stored.size() == request.limit) return store::Visit::kStop;
          auto name = name_of_key(key);
          auto one = decode_description(value);
          corrupt = corrupt || !name || !one;
          if (corrupt) return store::Visit::kStop;
          stored.emplace_back(std::move(*name), std::move(*one));
          return store::Visit::kContinue;
        });
    if (!scanned) return scanned;
    if (corrupt) return base::fail(store::StoreError::kCorrupt);
    for (auto& [name, one] : stored) {
      if (const auto filled = fill(view, name, one, streams.emplace_back()); !filled) return filled;
    }
    return {};
  };
  const auto done = co_await store.read(body);
  if (!done) co_return base::fail(failed(done.error()));
  co_return streams;
}

base::Task<base::Result<store::Sequence, Error>> find_position(store::Store& store, store::LogId log,
                                                               Start start) {
  store::Sequence position = 0, floor = 0;
  auto body = [&](store::Reader& view) -> Done {
    const auto stored = number_at(view, floor_key(log));
    if (!stored) return base::fail(stored.error());
    floor = *stored;
    switch (start.at) {
      case StartAt::kTrimHorizon:
        position = floor;
        return {};
      case StartAt::kLatest:
        position = std::max(view.now(), floor);
        return {};
      case StartAt::kAtSequence:
        position = start.sequence == 0 ? 0 : start.sequence - 1;
        return {};
      case StartAt::kAfterSequence:
        position = start.sequence;
        return {};
      case StartAt::kAtTime:
        break;
    }
    position = view.now();
    return view.read_log(log, floor + 1, [&](store::Sequence sequence, std::string_view bytes) {
      const auto record = decode_record(bytes);
      if (!record || record->end || record->created < start.time) return store::Visit::kContinue;
      position = sequence - 1;
      return store::Visit::kStop;
    });
  };
  const auto done = co_await store.read(body);
  if (!done) co_return base::fail(failed(done.error()));
  if (position < floor) co_return base::fail(Error{ErrorKind::kTrimmed});
  co_return position;
}

namespace {

// Takes records up to the limits.
class PageFiller {
 public:
  PageFiller(Page& page, const PageLimits& limits) : page_(page), limits_(limits) {}
  store::Visit take(store::Sequence sequence, std::string_view stored) {
    if (page_.records.size() >= limits_.records) return store::Visit::kStop;
    const auto record = decode_record(stored);
    corrupt = !record;
    if (corrupt) return store::Visit::kStop;
    bytes_ += record->payload.size();
    if (bytes_ > limits_.bytes && !page_.records.empty()) return store::Visit::kStop;
    page_.position = sequence;
    page_.ended = record->end;
    if (page_.ended) return store::Visit::kStop;
    page_.records.push_back({sequence, record->created, record->hash, std::string(record->payload)});
    return store::Visit::kContinue;
  }
  bool corrupt = false;

 private:
  Page& page_;
  const PageLimits& limits_;
  std::size_t bytes_ = 0;
};

}  // namespace

base::Task<base::Result<Page, Error>> read_page(store::Store& store, ShardRef shard, store::Sequence position,
                                                PageLimits limits) {
  Page page;
  bool trimmed = false, gone = false;
  const store::LogId log = shard_log(shard);
  auto body = [&](store::Reader& view) -> Done {
    page = {{}, position, false};
    gone = false;
    const auto floor = number_at(view, floor_key(log));
    if (!floor) return base::fail(floor.error());
    trimmed = position < *floor;
    if (trimmed) return {};
    PageFiller filler(page, limits);
    const auto read = view.read_log(
        log, position + 1,
        [&](store::Sequence sequence, std::string_view stored) { return filler.take(sequence, stored); });
    if (!read) return read;
    if (filler.corrupt) return base::fail(store::StoreError::kCorrupt);
    if (page.ended || !page.records.empty()) return {};
    const auto closed = is_closed(view, shard, gone);
    if (!closed) return base::fail(closed.error());
    page.ended = *closed;
    return {};
  };
  const auto done = co_await store.read(body);
  if (!done) co_return base::fail(failed(done.error()));
  if (trimmed) co_return base::fail(Error{ErrorKind::kTrimmed});
  if (gone) co_return base::fail(Error{ErrorKind::kNotFound});
  co_return page;
}

base::Task<base::Result<void, store::StoreError>> wait_for_record(store::Store& store, store::LogId log,
                                                                  store::Sequence position) {
  co_return co_await store.wait_for_append(log, position);
}

}  // namespace millrace::stream
