// Wakes one waiting task from any thread. A ring before the wait is remembered, several are one; a ring while nobody has opened is
// nothing: whoever opens looks at what there is before it waits.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>

#include <boost/asio/experimental/concurrent_channel.hpp>

#include "base/clock.h"
#include "base/task.h"

namespace millrace::base {

class Doorbell {
 public:
  void ring();

  // By the one task that waits, on its executor; close() before that executor goes.
  Task<> open();
  void close();
  Task<> wait();
  // At most so long.
  Task<> wait_for(Clock& clock, std::chrono::nanoseconds most);

 private:
  using Channel = boost::asio::experimental::concurrent_channel<void(boost::system::error_code)>;
  std::shared_ptr<Channel> channel();

  std::mutex mutex_;
  std::shared_ptr<Channel> channel_;  // guarded by mutex_; null: not open
};

}  // namespace millrace::base
