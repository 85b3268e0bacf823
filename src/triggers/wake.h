// Lets one coroutine wait for another on the same thread. Not thread-safe: one executor, one waiter.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/task.h"

namespace millrace::triggers {

class Wake {
 public:
  explicit Wake(const boost::asio::any_io_executor& executor) : timer_(executor) {}
  // Ends the wait, or the next one if nobody waits.
  void set() {
    set_ = true;
    timer_.cancel();
  }
  base::Task<> wait();
  base::Task<> wait_until(base::Clock& clock, base::SteadyTime deadline);

 private:
  boost::asio::steady_timer timer_;
  bool set_ = false;
};

}  // namespace millrace::triggers
