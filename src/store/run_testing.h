// Runs one task to its end on an io_context of its own; for tests.
#pragma once

#include <exception>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "base/task.h"

namespace millrace::store {

template <class T>
T run(boost::asio::io_context& context, base::Task<T> task) {
  std::optional<T> result;
  std::exception_ptr failure;
  boost::asio::co_spawn(context, std::move(task), [&](const std::exception_ptr& error, T value) {
    failure = error;
    result.emplace(std::move(value));
  });
  context.restart();
  while (!result) {
    if (context.run_one() == 0) throw std::logic_error("the task waits for something that nobody will do");
  }
  if (failure) std::rethrow_exception(failure);
  return std::move(*result);
}

// On a context of the calling thread: the store's threads may still be inside post() when the task has ended, so
// it must live on.
template <class T>
T run(base::Task<T> task) {
  thread_local boost::asio::io_context context;
  return run(context, std::move(task));
}

}  // namespace millrace::store
