#include "store/rocks_view.h"

#include <rocksdb/iterator.h>

namespace millrace::store {

namespace {

void set_tier(rocksdb::ReadOptions& options, Tier tier) {
  options.read_tier = tier == Tier::kMemory ? rocksdb::kBlockCacheTier : rocksdb::kReadAllTier;
}

// One layer's entries within a range, in one direction.
class LayerCursor {
 public:
  LayerCursor(const Overlay::Entries& entries, const KeyRange& range, Order order)
      : ascending_(order == Order::kAscending),
        first_(entries.lower_bound(range.begin)),
        last_(range.end.empty() ? entries.end() : entries.lower_bound(range.end)) {
    if (!range.end.empty() && range.begin >= range.end) last_ = first_;
  }
  bool valid() const { return first_ != last_; }
  const Overlay::Entries::value_type& entry() const { return ascending_ ? *first_ : *std::prev(last_); }
  void next() {
    if (ascending_) {
      ++first_;
    } else {
      --last_;
    }
  }

 private:
  bool ascending_;
  Overlay::Entries::const_iterator first_, last_;
};

}  // namespace

RocksView::RocksView(Database& database, std::span<const Group* const> layers, Tier tier, Sequence now)
    : database_(database), layers_(layers), now_(now) {
  set_tier(options_, tier);
}

RocksView::RocksView(Database& database, Tier tier, Snapshot snapshot) : database_(database) {
  set_tier(options_, tier);
  if (snapshot == Snapshot::kFromStart) {
    options_.snapshot = database_.db->GetSnapshot();
  } else {
    wants_snapshot_ = true;
    started_at_ = database_.db->GetLatestSequenceNumber();
  }
}

RocksView::~RocksView() {
  if (options_.snapshot) database_.db->ReleaseSnapshot(options_.snapshot);
}

StoreError RocksView::failed(const rocksdb::Status& status) {
  const StoreError error = error_of(status);
  if (error == StoreError::kNotInMemory) missed_ = true;
  return error;
}

base::Result<void, StoreError> RocksView::begin_call() {
  if (!wants_snapshot_ || ++calls_ == 1) return {};
  if (!options_.snapshot && !changed_) {
    options_.snapshot = database_.db->GetSnapshot();
    // The first call saw the state of started_at_ or a later one; it fits the snapshot if there is no later one.
    changed_ = options_.snapshot->GetSequenceNumber() != started_at_;
  }
  if (changed_) return base::fail(StoreError::kNotInMemory);
  return {};
}

base::Result<std::optional<std::string>, StoreError> RocksView::get(std::string_view key) {
  return get_in(Space::kItems, key);
}

base::Result<std::optional<std::string>, StoreError> RocksView::get_in(Space space, std::string_view key) {
  for (const Group* layer : layers_) {
    const Overlay& overlay = layer->overlay(space);
    if (const auto* place = overlay.find(key)) {
      if (place->deleted) return std::nullopt;
      return std::string(layer->value(*place));
    }
    if (overlay.hides(key)) return std::nullopt;
  }
  if (auto begun = begin_call(); !begun) return base::fail(begun.error());
  // The cache knows nothing of snapshots.
  const bool newest = space == Space::kItems && !options_.snapshot;
  ValueCache::Miss miss;
  if (newest) {
    if (auto cached = database_.values.find(key, miss)) return cached;
  }
  std::string value;
  const auto status = database_.db->Get(options_, database_.handle(space), slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return base::fail(failed(status));
  if (newest) database_.values.insert(key, value, miss);
  return value;
}

base::Result<void, StoreError> RocksView::scan(const KeyRange& range, Order order,
                                               const KeyValueVisitor& visit) {
  return scan_in(Space::kItems, range, order, visit);
}

base::Result<void, StoreError> RocksView::scan_in(Space space, const KeyRange& range, Order order,
                                                  const KeyValueVisitor& visit) {
  if (!range.end.empty() && range.begin >= range.end) return {};
  if (auto begun = begin_call(); !begun) return begun;
  rocksdb::ReadOptions options = options_;
  const rocksdb::Slice lower = slice(range.begin), upper = slice(range.end);
  options.iterate_lower_bound = &lower;
  if (!range.end.empty()) options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> stored(
      database_.db->NewIterator(options, database_.handle(space)));
  const bool ascending = order == Order::kAscending;
  if (ascending) {
    stored->Seek(lower);
  } else {
    stored->SeekToLast();
  }
  for (const Group* layer : layers_) {
    if (!layer->overlay(space).empty()) return scan_merged(space, range, order, *stored, visit);
  }
  while (stored->Valid()) {
    if (visit(view(stored->key()), view(stored->value())) == Visit::kStop) return {};
    if (ascending) {
      stored->Next();
    } else {
      stored->Prev();
    }
  }
  if (!stored->status().ok()) return base::fail(failed(stored->status()));
  return {};
}

base::Result<void, StoreError> RocksView::scan_merged(Space space, const KeyRange& range, Order order,
                                                      rocksdb::Iterator& stored,
                                                      const KeyValueVisitor& visit) {
  const bool ascending = order == Order::kAscending;
  std::vector<LayerCursor> cursors;
  for (const Group* layer : layers_)
    cursors.emplace_back(layer->overlay(space).entries(), range, order);
  std::string key;  // outlives the cursors' own copies while they move on
  for (;;) {
    if (!stored.Valid() && !stored.status().ok()) return base::fail(failed(stored.status()));
    // The next key in this direction; the newest layer that has it wins, the database comes last.
    std::size_t best = cursors.size();
    std::optional<std::string_view> next;
    if (stored.Valid()) next = view(stored.key());
    for (std::size_t i = cursors.size(); i-- > 0;) {
      if (!cursors[i].valid()) continue;
      const auto candidate = cursors[i].entry().first;
      if (!next || candidate == *next || (candidate < *next) == ascending) {
        next = candidate;
        best = i;
      }
    }
    if (!next) return {};
    key.assign(*next);
    bool shown = best == cursors.size() || !cursors[best].entry().second.deleted;
    for (std::size_t i = 0; i < best && shown; ++i)
      shown = !layers_[i]->overlay(space).hides(key);
    if (shown) {
      const auto value =
          best == cursors.size() ? view(stored.value()) : layers_[best]->value(cursors[best].entry().second);
      if (visit(key, value) == Visit::kStop) return {};
    }
    for (auto& cursor : cursors) {
      if (cursor.valid() && cursor.entry().first == key) cursor.next();
    }
    if (stored.Valid() && view(stored.key()) == key) {
      if (ascending) {
        stored.Next();
      } else {
        stored.Prev();
      }
    }
  }
}

base::Result<void, StoreError> RocksView::read_log(LogId log, Sequence from, const LogVisitor& visit) {
  bool corrupt = false;
  auto scanned = scan_in(Space::kLogs, log_range(log, from, ~Sequence{0}), Order::kAscending,
                         [&](std::string_view key, std::string_view record) {
                           key.remove_prefix(8);
                           const auto sequence = take_u64(key);
                           corrupt = !sequence;
                           return corrupt ? Visit::kStop : visit(*sequence, record);
                         });
  if (corrupt) return base::fail(StoreError::kCorrupt);
  return scanned;
}

base::Result<Sequence, StoreError> RocksView::log_edge(LogId log, Order order) {
  Sequence edge = 0;
  auto scanned = scan_in(Space::kLogs, log_range(log, 0, ~Sequence{0}), order,
                         [&](std::string_view key, std::string_view) {
                           key.remove_prefix(8);
                           edge = take_u64(key).value_or(0);
                           return Visit::kStop;
                         });
  if (!scanned) return base::fail(scanned.error());
  return edge;
}

base::Result<Sequence, StoreError> RocksView::log_first(LogId log) {
  return log_edge(log, Order::kAscending);
}
base::Result<Sequence, StoreError> RocksView::log_last(LogId log) {
  return log_edge(log, Order::kDescending);
}

Sequence RocksView::now() {
  if (now_) return *now_;
  const auto stored = get_in(Space::kLogs, counter_key());
  if (!stored || !*stored) return 0;
  std::string_view bytes = **stored;
  now_ = take_u64(bytes).value_or(0);
  return *now_;
}

}  // namespace millrace::store
