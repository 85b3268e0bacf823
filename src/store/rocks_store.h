// The embedded engine: RocksDB behind the contract of store.h. Only this room and its tests include it.
#pragma once

#include <atomic>
#include <memory>

#include "store/blocking_pool.h"
#include "store/committer.h"
#include "store/log_watches.h"
#include "store/rocks_database.h"
#include "store/store.h"

namespace millrace::store {

class RocksStore final : public Store {
 public:
  RocksStore(std::unique_ptr<Database> database, const RocksOptions& options, Sequence last_sequence);
  ~RocksStore() override;

  base::Task<base::Result<Committed, StoreError>> commit(Transaction& transaction) override;
  base::Task<base::Result<void, StoreError>> read(ReadBody body) override;
  base::Task<base::Result<void, StoreError>> wait_for_append(LogId log, Sequence after) override;
  void stop() override;

 private:
  void make_durable();

  const RocksOptions options_;
  std::unique_ptr<Database> database_;
  LogWatches watches_;
  std::atomic<bool> stopped_{false};
  BlockingPool pool_;  // before the committer: its jobs use it, and it is stopped last
  Committer committer_;
};

// As open_rocks_store, on another environment (null: the machine's), which must outlive the store.
base::Result<std::unique_ptr<Store>, OpenError> open_rocks_store_in(const RocksOptions& options,
                                                                    rocksdb::Env* env);

}  // namespace millrace::store
