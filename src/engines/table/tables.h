// The table engine: what services and the server hold. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/
// Any thread. Store and clock must outlive it; run() must have ended before the store stops.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/doorbell.h"
#include "base/task.h"
#include "engines/table/backups.h"
#include "engines/table/definitions.h"
#include "engines/table/items.h"
#include "engines/table/pages.h"
#include "engines/table/stream_shards.h"
#include "engines/table/transfers.h"

namespace millrace::table {

using ExpiredSink = std::function<void(const TableDefinition& table, std::size_t items)>;

struct TablesOptions {
  bool throttled = false;  // provisioned tables are held to their throughput
  ShardRules shards;       // when shards of streams are replaced
};

class Tables {
 public:
  Tables(store::Store& store, base::Clock& clock, const TablesOptions& options = {});
  ~Tables();

  Definitions& definitions() { return definitions_; }
  Items& items() { return items_; }
  Pages& pages() { return pages_; }
  Backups& backups() { return backups_; }
  Transfers& transfers() { return transfers_; }
  // Null: nobody is held.
  Throttle* throttle() { return throttle_.get(); }
  StreamShards& shards() { return shards_; }

  // Work beside requests: filling new indexes, backups and restored tables (as soon as woken), removing expired items (each second)
  // and expired history (each minute), replacing shards of streams (when they are hot or old). Each kind goes on by itself: none waits for another. Spawn once; ends soon after stop(). Not to
  // be cancelled.
  base::Task<> run();
  void stop();
  // Told how many items time to live deleted. Before run(); called on its executor.
  void on_expired(ExpiredSink sink) { expired_ = std::move(sink); }
  // An index was added, time to live switched on, a backup or a restore asked for.
  void wake_backfills();

  // One round of each, for tests and for the work above: everything that is to be done now.
  base::Task<TableResult<void>> backfill_all();
  base::Task<TableResult<void>> expire_all();
  base::Task<TableResult<void>> copy_all();
  base::Task<TableResult<void>> forget_all();
  base::Task<TableResult<void>> replace_shards();

 private:
  store::Store& store_;
  base::Clock& clock_;
  std::unique_ptr<Throttle> throttle_;
  Definitions definitions_;
  StreamShards shards_;
  Items items_;
  Pages pages_;
  Backups backups_;
  Transfers transfers_;
  ExpiredSink expired_;
  // Rounds of one kind of work until stop(), each when woken and at the latest after `every`.
  using Round = base::Task<TableResult<void>> (Tables::*)();
  base::Task<> keep(base::Doorbell& bell, Round round, std::chrono::nanoseconds every);
  struct Wake;
  std::unique_ptr<Wake> wake_;
};

}  // namespace millrace::table
