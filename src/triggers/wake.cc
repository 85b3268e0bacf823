#include "triggers/wake.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace millrace::triggers {

base::Task<> Wake::wait() {
  while (!set_) {
    timer_.expires_at(base::SteadyTime::max());
    co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  set_ = false;
}

base::Task<> Wake::wait_until(base::Clock& clock, base::SteadyTime deadline) {
  using namespace boost::asio::experimental::awaitable_operators;
  if (clock.steady_now() >= deadline) co_return;
  co_await (wait() || clock.sleep_until(deadline));
}

}  // namespace millrace::triggers
