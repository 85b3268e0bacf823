#include "store/log_watches.h"

#include <algorithm>

namespace millrace::store {

bool LogWatches::follow(LogId log) {
  std::lock_guard lock(mutex_);
  return !followed_[log].seeded;
}

void LogWatches::seed(LogId log, Sequence last) {
  Sleepers ready;
  {
    std::lock_guard lock(mutex_);
    Log& entry = followed_[log];
    entry.seeded = true;
    advance(entry, last, ready);
  }
  resume_all(std::move(ready));
}

void LogWatches::advance(Log& log, Sequence last, Sleepers& out) {
  if (last <= log.last) return;
  log.last = last;
  std::erase_if(log.waiters, [&](const std::shared_ptr<Waiter>& waiter) {
    if (waiter->after >= last) return false;
    out.push_back(std::move(waiter->who));
    return true;
  });
}

void LogWatches::appended(std::span<const std::pair<LogId, Sequence>> logs, Sleepers& out) {
  if (logs.empty()) return;
  std::lock_guard lock(mutex_);
  if (followed_.empty()) return;
  for (const auto& [log, last] : logs) {
    const auto entry = followed_.find(log);
    if (entry != followed_.end()) advance(entry->second, last, out);
  }
}

void LogWatches::stop(Sleepers& out) {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  for (auto& [id, log] : followed_) {
    for (auto& waiter : log.waiters)
      out.push_back(std::move(waiter->who));
    log.waiters.clear();
  }
}

base::Task<base::Result<void, StoreError>> LogWatches::wait(LogId log, Sequence after) {
  {
    std::lock_guard lock(mutex_);
    if (stopped_) co_return base::fail(StoreError::kStopped);
    if (followed_[log].last > after) co_return base::Result<void, StoreError>();
  }
  auto waiter = std::make_shared<Waiter>();
  waiter->after = after;
  // Named, and holding no owner: g++ 12 destroys a temporary closure inside co_await twice.
  auto start = [this, log, &waiter](std::unique_ptr<Suspended> who) {
    const auto held = waiter;  // the frame may go on, and end, as soon as enter() has published it
    enter(log, held, std::move(who));
  };
  co_await suspend(start);
  std::lock_guard lock(mutex_);
  if (stopped_) co_return base::fail(StoreError::kStopped);
  co_return base::Result<void, StoreError>();
}

void LogWatches::enter(LogId log, const std::shared_ptr<Waiter>& waiter, std::unique_ptr<Suspended> who) {
  Sleepers ready;
  {
    std::lock_guard lock(mutex_);
    Log& entry = followed_[log];
    if (stopped_ || entry.last > waiter->after) {
      ready.push_back(std::move(who));
    } else {
      // The slot is the waiting task's own and cancellation is emitted on its executor, where we are now: it cannot
      // run before this returns.
      if (auto slot = who->slot(); slot.is_connected()) {
        slot.assign([this, log, weak = std::weak_ptr(waiter)](boost::asio::cancellation_type) {
          if (auto alive = weak.lock()) cancel(log, alive);
        });
      }
      waiter->who = std::move(who);
      entry.waiters.push_back(waiter);
    }
  }
  resume_all(std::move(ready));
}

void LogWatches::cancel(LogId log, const std::shared_ptr<Waiter>& waiter) {
  Sleepers ready;
  {
    std::lock_guard lock(mutex_);
    if (!waiter->who) return;  // woken already
    ready.push_back(std::move(waiter->who));
    std::erase(followed_[log].waiters, waiter);
  }
  resume_all(std::move(ready));
}

}  // namespace millrace::store
