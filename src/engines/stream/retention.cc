#include "engines/stream/retention.h"

#include <algorithm>

#include "engines/stream/layout.h"
#include "engines/stream/reading.h"
#include "store/tuple.h"

namespace millrace::stream {

namespace {

using Done = base::Result<void, store::StoreError>;
using Verdict = base::Result<store::Verdict, store::StoreError>;

constexpr std::size_t kRecordsPerRound = 10000;  // of one shard; the rest waits for the next round

struct Expired {
  store::Sequence last = 0;
  std::size_t records = 0;
};

base::Task<base::Result<Expired, store::StoreError>> find_expired(store::Store& store, store::LogId log,
                                                                  base::WallTime before) {
  Expired expired;
  auto body = [&](store::Reader& view) -> Done {
    expired = {};
    return view.read_log(log, 1, [&](store::Sequence sequence, std::string_view bytes) {
      const auto record = decode_record(bytes);
      if ((record && record->created >= before) || expired.records == kRecordsPerRound)
        return store::Visit::kStop;
      expired.last = sequence;
      ++expired.records;
      return store::Visit::kContinue;
    });
  };
  const auto done = co_await store.read(body);
  if (!done) co_return base::fail(done.error());
  co_return expired;
}

base::Task<Done> trim_shard(store::Store& store, store::LogId log, store::Sequence up_to) {
  auto decide = [log, up_to](store::Reader& view, store::Batch& batch) -> Verdict {
    const auto stored = view.get(floor_key(log));
    if (!stored) return base::fail(stored.error());
    std::string_view bytes = *stored ? std::string_view(**stored) : std::string_view();
    if (store::take_u64(bytes).value_or(0) >= up_to) return store::Verdict::kRefuse;
    std::string floor;
    store::append_u64(floor, up_to);
    batch.put(floor_key(log), floor);
    batch.trim(log, up_to);
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  transaction.keys = {floor_key(log)};
  const auto done = co_await store.commit(transaction);
  if (!done) co_return base::fail(done.error());
  co_return Done();
}

void drop_shard(store::Batch& batch, const Shard& shard) {
  batch.del(shard_key(shard.ref));
  batch.del(floor_key(shard.log));
  batch.trim(shard.log, ~store::Sequence{0});
}

bool is_expired(const Shard& shard, base::WallTime before) {
  return shard.closed != base::WallTime{} && shard.closed < before;
}

// Shards that were closed before, or the whole stream, at once, with all records.
base::Task<Done> drop(store::Store& store, const Stream& stream, base::WallTime before, bool whole) {
  auto decide = [&](store::Reader&, store::Batch& batch) -> Verdict {
    for (const Shard& shard : stream.shards) {
      if (whole || is_expired(shard, before)) drop_shard(batch, shard);
    }
    if (whole) {
      batch.del(description_key(stream.name));
      batch.del(closed_key(stream.id));
    }
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  const auto done = co_await store.commit(transaction);
  if (!done) co_return base::fail(done.error());
  co_return Done();
}

base::Task<Done> trim_stream(store::Store& store, const Stream& stream, base::WallTime before,
                             TrimReport& report) {
  for (const Shard& shard : stream.shards) {
    if (is_expired(shard, before)) continue;
    const auto expired = co_await find_expired(store, shard.log, before);
    if (!expired) co_return base::fail(expired.error());
    if (expired->records == 0) continue;
    const auto trimmed = co_await trim_shard(store, shard.log, expired->last);
    if (!trimmed) co_return base::fail(trimmed.error());
    report.records += expired->records;
  }
  const auto gone = std::ranges::count_if(stream.shards,
                                          [before](const Shard& shard) { return is_expired(shard, before); });
  if (gone > 0) {
    const auto dropped = co_await drop(store, stream, before, false);
    if (!dropped) co_return base::fail(dropped.error());
    report.shards += static_cast<std::size_t>(gone);
  }
  co_return Done();
}

}  // namespace

base::Task<base::Result<TrimReport, store::StoreError>> trim_expired(store::Store& store, base::WallTime now,
                                                                     std::chrono::milliseconds retention) {
  TrimReport report;
  const base::WallTime before = now - retention;
  ListRequest request;
  for (;;) {
    const auto streams = co_await list(store, request);
    if (!streams) co_return base::fail(streams.error().store);
    if (streams->empty()) co_return report;
    for (const Stream& stream : *streams) {
      const bool whole = stream.state == State::kDisabled && stream.closed < before;
      Done done;
      if (whole) {
        done = co_await drop(store, stream, before, true);
        ++report.streams;
      } else {
        done = co_await trim_stream(store, stream, before, report);
      }
      if (!done) co_return base::fail(done.error());
    }
    request.after = streams->back().name;
  }
}

}  // namespace millrace::stream
