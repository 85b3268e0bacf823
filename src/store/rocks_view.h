// Reader over the database, under the groups that are not in it yet. Made on the stack for one read or one decision.
#pragma once

#include <memory>
#include <span>

#include "store/group.h"
#include "store/rocks_database.h"

namespace millrace::store {

enum class Tier { kMemory, kDisk };

class RocksView final : public Reader {
 public:
  // For a decision: the writes of `layers` (newest first) cover the database. Whoever calls sees to it that the database
  // changes by nothing but these layers meanwhile. `now` is the sequence counter.
  RocksView(Database& database, std::span<const Group* const> layers, Tier tier, Sequence now);

  // For a read. A snapshot costs a lock inside RocksDB and one call needs none, so without `from_start` it is taken at the
  // second call; when somebody wrote in between, the view asks to be run again.
  enum class Snapshot { kFromStart, kWhenNeeded };
  RocksView(Database& database, Tier tier, Snapshot snapshot);
  ~RocksView() override;

  base::Result<std::optional<std::string>, StoreError> get(std::string_view key) override;
  base::Result<void, StoreError> scan(const KeyRange& range, Order order,
                                      const KeyValueVisitor& visit) override;
  base::Result<void, StoreError> read_log(LogId log, Sequence from, const LogVisitor& visit) override;
  base::Result<Sequence, StoreError> log_first(LogId log) override;
  base::Result<Sequence, StoreError> log_last(LogId log) override;
  Sequence now() override;

  // What was read must not be used: run again with a snapshot from the start, or on a thread that may wait for the disk.
  bool changed_underneath() const { return changed_; }
  bool missed_memory() const { return missed_; }

 private:
  base::Result<void, StoreError> begin_call();
  base::Result<std::optional<std::string>, StoreError> get_in(Space space, std::string_view key);
  base::Result<void, StoreError> scan_in(Space space, const KeyRange& range, Order order,
                                         const KeyValueVisitor& visit);
  base::Result<void, StoreError> scan_merged(Space space, const KeyRange& range, Order order,
                                             rocksdb::Iterator& stored, const KeyValueVisitor& visit);
  base::Result<Sequence, StoreError> log_edge(LogId log, Order order);
  StoreError failed(const rocksdb::Status& status);

  Database& database_;
  std::span<const Group* const> layers_;
  rocksdb::ReadOptions options_;
  std::optional<Sequence> now_;
  bool wants_snapshot_ = false;
  rocksdb::SequenceNumber started_at_ = 0;
  unsigned calls_ = 0;
  bool changed_ = false;
  bool missed_ = false;
};

}  // namespace millrace::store
