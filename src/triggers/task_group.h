// Owns the tasks it spawns: who made the group waits for them. One executor, one waiter.
#pragma once

#include <exception>
#include <list>
#include <string>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "base/log.h"
#include "base/task.h"
#include "triggers/wake.h"

namespace millrace::triggers {

class TaskGroup {
 public:
  explicit TaskGroup(const boost::asio::any_io_executor& executor)
      : executor_(executor), changed_(executor) {}
  ~TaskGroup() = default;
  TaskGroup(const TaskGroup&) = delete;

  void spawn(base::Task<> task) {
    ++running_;
    auto& signal = signals_.emplace_back();
    boost::asio::co_spawn(
        executor_, std::move(task),
        boost::asio::bind_cancellation_slot(signal.slot(), [this](std::exception_ptr error) {
          if (error && !cancelled_) log_bug(error);
          --running_;
          changed_.set();
        }));
  }
  // Ends waits that can be cancelled, in every task that runs now.
  void cancel() {
    cancelled_ = true;
    for (auto& signal : signals_)
      signal.emit(boost::asio::cancellation_type::terminal);
  }
  bool idle() const { return running_ == 0; }
  base::Task<> wait_idle() {
    while (running_ > 0)
      co_await changed_.wait();
  }

 private:
  static void log_bug(const std::exception_ptr& error) {
    std::string what = "unknown";
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      what = e.what();
    } catch (...) {
    }
    base::log(base::LogLevel::kError, "triggers: a task ended by a bug: {}", what);
  }

  boost::asio::any_io_executor executor_;
  Wake changed_;
  std::list<boost::asio::cancellation_signal> signals_;
  std::size_t running_ = 0;
  bool cancelled_ = false;
};

}  // namespace millrace::triggers
