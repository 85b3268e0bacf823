#include "store/rocks_store.h"

#include "base/log.h"
#include "store/rocks_view.h"

namespace millrace::store {

namespace {
constexpr std::size_t kBlockingThreads = 4;
constexpr std::uint64_t kReplayedAtOpen =
    4u << 20;  // bytes of log that the next start may replay after a clean stop
}  // namespace

RocksStore::RocksStore(std::unique_ptr<Database> database, const RocksOptions& options,
                       Sequence last_sequence)
    : options_(options),
      database_(std::move(database)),
      pool_(kBlockingThreads),
      committer_(*database_, watches_, pool_,
                 {options.durability, options.max_waiting, options.check_read_sets}, last_sequence) {}

RocksStore::~RocksStore() {
  stop();
}

base::Task<base::Result<Committed, StoreError>> RocksStore::commit(Transaction& transaction) {
  Ticket ticket;
  ticket.transaction = &transaction;
  co_await suspend([this, &ticket](std::unique_ptr<Suspended> who) {
    ticket.who = std::move(who);
    committer_.submit(ticket);
  });
  if (ticket.bug) std::rethrow_exception(ticket.bug);
  co_return ticket.result;
}

base::Task<base::Result<void, StoreError>> RocksStore::read(ReadBody body) {
  if (stopped_.load(std::memory_order_relaxed)) co_return base::fail(StoreError::kStopped);
  for (const auto snapshot : {RocksView::Snapshot::kWhenNeeded, RocksView::Snapshot::kFromStart}) {
    RocksView view(*database_, Tier::kMemory, snapshot);
    auto result = body(view);
    if (view.missed_memory()) break;
    if (!view.changed_underneath()) co_return result;
  }
  base::Result<void, StoreError> result;
  std::exception_ptr bug;
  co_await suspend([&](std::unique_ptr<Suspended> who) {
    pool_.run([this, &body, &result, &bug, sleeper = std::move(who)]() mutable {
      try {
        RocksView view(*database_, Tier::kDisk, RocksView::Snapshot::kFromStart);
        result = body(view);
      } catch (...) {
        bug = std::current_exception();
      }
      Sleepers ready;
      ready.push_back(std::move(sleeper));
      resume_all(std::move(ready));
    });
  });
  if (bug) std::rethrow_exception(bug);
  co_return result;
}

base::Task<base::Result<void, StoreError>> RocksStore::wait_for_append(LogId log, Sequence after) {
  if (watches_.follow(log)) {
    Sequence last = 0;
    ReadBody find_last = [log, &last](Reader& view) -> base::Result<void, StoreError> {
      const auto found = view.log_last(log);
      if (!found) return base::fail(found.error());
      last = *found;
      return {};
    };
    auto found = co_await read(std::move(find_last));
    if (!found) co_return found;
    watches_.seed(log, last);
  }
  co_return co_await watches_.wait(log, after);
}

void RocksStore::stop() {
  if (stopped_.exchange(true)) return;
  const bool sound = committer_.stop();
  Sleepers ready;
  watches_.stop(ready);
  resume_all(std::move(ready));
  if (sound) make_durable();  // RocksDB aborts when a file that failed is synced
}

void RocksStore::make_durable() {
  if (options_.durability == Durability::kOs) {
    if (const auto status = database_->db->SyncWAL(); !status.ok()) {
      base::log(base::LogLevel::kError, "store: the last sync failed: {}", status.ToString());
    }
  }
  for (auto* handle : database_->handles) {
    std::uint64_t bytes = 0;
    database_->db->GetIntProperty(handle, rocksdb::DB::Properties::kCurSizeAllMemTables, &bytes);
    if (bytes < kReplayedAtOpen) continue;
    if (const auto status = database_->db->Flush(rocksdb::FlushOptions(), handle); !status.ok()) {
      base::log(base::LogLevel::kWarning, "store: flushing at the end failed: {}", status.ToString());
    }
  }
}

base::Result<std::unique_ptr<Store>, OpenError> open_rocks_store_in(const RocksOptions& options,
                                                                    rocksdb::Env* env) {
  auto database = open_database(options, env);
  if (!database) return base::fail(database.error());
  Sequence last = 0;
  {
    RocksView view(**database, Tier::kDisk, RocksView::Snapshot::kFromStart);
    last = view.now();
  }
  return std::make_unique<RocksStore>(std::move(*database), options, last);
}

base::Result<std::unique_ptr<Store>, OpenError> open_rocks_store(const RocksOptions& options) {
  return open_rocks_store_in(options, nullptr);
}

}  // namespace millrace::store
