// Who waits for which log to grow. Thread-safe; the owner must outlive every wait.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "store/store.h"
#include "store/suspended.h"

namespace millrace::store {

class LogWatches {
 public:
  // Starts following the log. True: its last sequence is not known yet, so call seed() with what a read that began
  // afterwards found.
  bool follow(LogId log);
  void seed(LogId log, Sequence last);

  // Completes once the followed log has a record beyond `after`, on cancellation, or with kStopped.
  base::Task<base::Result<void, StoreError>> wait(LogId log, Sequence after);

  // The logs reached these sequences, and readers can see it. Whoever may go on is moved to `out`; a log that
  // nobody follows costs one look-up.
  void appended(std::span<const std::pair<LogId, Sequence>> logs, Sleepers& out);
  void stop(Sleepers& out);

 private:
  struct Waiter {
    Sequence after = 0;
    std::unique_ptr<Suspended> who;
  };
  struct Log {
    Sequence last = 0;
    bool seeded = false;
    std::vector<std::shared_ptr<Waiter>> waiters;
  };
  void advance(Log& log, Sequence last, Sleepers& out);
  void enter(LogId log, const std::shared_ptr<Waiter>& waiter, std::unique_ptr<Suspended> who);
  void cancel(LogId log, const std::shared_ptr<Waiter>& waiter);

  std::mutex mutex_;
  bool stopped_ = false;                     // guarded by mutex_
  std::unordered_map<LogId, Log> followed_;  // guarded by mutex_
};

}  // namespace millrace::store
