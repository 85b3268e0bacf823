#include "server/io_threads.h"

#include <exception>

#include "base/log.h"

namespace millrace::server {
namespace {

void run(boost::asio::io_context& context) {
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::exception& bug) {
      // Whatever escaped a task is a bug; the thread goes on for everybody else.
      base::log(base::LogLevel::kError, "a task ended with an exception: {}", bug.what());
    }
  }
}

}  // namespace

IoThreads::IoThreads(unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    contexts_.push_back(std::make_unique<boost::asio::io_context>(1));
    guards_.emplace_back(contexts_.back()->get_executor());
  }
  for (auto& context : contexts_)
    threads_.emplace_back([&context = *context] { run(context); });
}

void IoThreads::stop() {
  guards_.clear();
  for (auto& context : contexts_)
    context->stop();
  for (auto& thread : threads_)
    thread.join();
  threads_.clear();
}

std::vector<boost::asio::io_context*> IoThreads::contexts() const {
  std::vector<boost::asio::io_context*> all;
  for (const auto& context : contexts_)
    all.push_back(context.get());
  return all;
}

}  // namespace millrace::server
