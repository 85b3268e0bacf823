// The one place where transactions are decided and written (docs/design/0003-store.md).
//
// Decisions run one after the other under a mutex, on the thread that submits, against the database covered by what is
// gathered and by what is being written. So they are serial without any lock on keys, and the next group is decided while
// the previous one waits for the disk. A decision that would itself wait for the disk is left, its read set is warmed on a
// thread that may block, and it is run again there.
//
// Everything gathered is written as one batch: by the writer thread with one sync (Durability::kSync), or by a flush at the end
// of the submitting thread's event-loop round (kOs). Nobody, refused or not, hears before what its decision saw is written.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "store/blocking_pool.h"
#include "store/group.h"
#include "store/log_watches.h"
#include "store/rocks_database.h"
#include "store/rocks_view.h"

namespace millrace::store {

class Committer {
 public:
  struct Options {
    Durability durability = Durability::kSync;
    std::size_t max_waiting = 16384;
    bool check_read_sets = false;
  };
  // All must outlive the committer.
  Committer(Database& database, LogWatches& watches, BlockingPool& pool, Options options,
            Sequence last_sequence);
  ~Committer();

  // Decides; resumes the ticket's coroutine once its result stands. Any thread.
  void submit(Ticket& ticket);
  // Writes what was accepted and refuses the rest with kStopped. Blocks. False: a write has failed, now or before.
  bool stop();

 private:
  enum class Decided { kWaits, kDone, kNeedsDisk };
  Decided decide(Ticket& ticket, Tier tier);
  void admit(Ticket& ticket, Tier tier);
  void warm(const Transaction& transaction);
  void wake_writer(const boost::asio::any_io_executor& executor);

  void run_writer();
  void flush(const boost::asio::any_io_executor* here);
  void write_gathered(std::unique_lock<std::mutex>& lock, const boost::asio::any_io_executor* here);
  void add_counter(Group& group);
  rocksdb::Status write(Group& group);

  Database& database_;
  LogWatches& watches_;
  BlockingPool& pool_;
  const Options options_;
  const std::shared_ptr<int> life_ = std::make_shared<int>();  // a posted flush may outlive us

  std::mutex mutex_;                 // guards all below
  std::condition_variable changed_;  // something was gathered, a write ended, or the end is near
  std::unique_ptr<Group> open_;      // gathers
  std::unique_ptr<Group> written_;   // being written while writing_; otherwise spare
  Sequence counter_;
  std::size_t on_disk_path_ = 0;  // tickets in the blocking pool
  bool writing_ = false;
  bool flush_posted_ = false;
  bool failed_ = false;
  bool stopping_ = false;
  std::thread writer_;  // kSync only
};

}  // namespace millrace::store
