// Task<T>: the coroutine type used everywhere something may wait. It is Asio's awaitable; a Task does not
// start until awaited, and runs on the executor of whoever awaits it.
//
// Rules (docs/design/0001-the-house.md): a coroutine owns what it touches across a wait (parameters by value
// or of a lifetime the header states); no capturing lambda is itself a coroutine; no lock, iterator or
// snapshot is held across a wait; every spawned task has an owner that waits for it.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace millrace::base {

template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace millrace::base
