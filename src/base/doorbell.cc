#include "base/doorbell.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace millrace::base {

namespace asio = boost::asio;

std::shared_ptr<Doorbell::Channel> Doorbell::channel() {
  const std::lock_guard lock(mutex_);
  return channel_;
}

void Doorbell::ring() {
  if (const auto open = channel()) open->try_send(boost::system::error_code());
}

Task<> Doorbell::open() {
  auto made = std::make_shared<Channel>(co_await asio::this_coro::executor, 1);
  const std::lock_guard lock(mutex_);
  channel_ = std::move(made);
}

void Doorbell::close() {
  const std::lock_guard lock(mutex_);
  channel_.reset();
}

Task<> Doorbell::wait() {
  const auto open = channel();
  co_await open->async_receive(asio::as_tuple(asio::use_awaitable));
}

Task<> Doorbell::wait_for(Clock& clock, std::chrono::nanoseconds most) {
  using namespace asio::experimental::awaitable_operators;
  const auto open = channel();
  co_await (open->async_receive(asio::as_tuple(asio::use_awaitable)) || clock.sleep_for(most));
}

}  // namespace millrace::base
