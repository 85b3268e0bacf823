// A coroutine that waits for another thread to finish something, and the way back onto its own executor.
//
// `co_await suspend(start)` stops the caller and hands its Suspended to start(); whoever holds it calls resume_all() once,
// from any thread. start() runs after the coroutine has stopped, so it must not touch the caller's frame once it has
// published the Suspended. Dropping a Suspended destroys the coroutine without running it; only shutdown does that.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/task.h"

namespace millrace::store {

class Suspended {
 public:
  explicit Suspended(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
  virtual ~Suspended() = default;
  Suspended(const Suspended&) = delete;
  Suspended& operator=(const Suspended&) = delete;

  const boost::asio::any_io_executor& executor() const { return executor_; }
  // The waiting task's cancellation, for those waits that can end early. Use it in start() only.
  virtual boost::asio::cancellation_slot slot() = 0;
  // Runs the coroutine; call it on executor() only, once.
  virtual void resume() = 0;

 private:
  boost::asio::any_io_executor executor_;
};

using Sleepers = std::vector<std::unique_ptr<Suspended>>;

// Resumes each on its own executor, with one post per executor. Those of `here`, the executor that the calling handler
// runs on, are resumed before this returns; null means none.
void resume_all(Sleepers sleepers, const boost::asio::any_io_executor* here = nullptr);

template <class Handler>
class SuspendedHandler final : public Suspended {
 public:
  explicit SuspendedHandler(Handler handler)
      : Suspended(boost::asio::get_associated_executor(handler)), handler_(std::move(handler)) {}
  boost::asio::cancellation_slot slot() override {
    return boost::asio::get_associated_cancellation_slot(handler_);
  }
  void resume() override { std::move(handler_)(); }

 private:
  Handler handler_;
};

template <class Start>
base::Task<> suspend(Start start) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
      [](auto handler, Start run) {
        run(std::unique_ptr<Suspended>(new SuspendedHandler<decltype(handler)>(std::move(handler))));
      },
      boost::asio::use_awaitable, std::move(start));
}

}  // namespace millrace::store
