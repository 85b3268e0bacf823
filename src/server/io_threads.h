// One io_context per thread, each run by exactly one thread: what a connection touches stays on one core.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace millrace::server {

class IoThreads {
 public:
  explicit IoThreads(unsigned count);
  ~IoThreads() { stop(); }
  // Stops and joins: what was posted and has not run yet never runs. From another thread; may be called again.
  void stop();

  std::vector<boost::asio::io_context*> contexts() const;
  boost::asio::io_context& first() { return *contexts_.front(); }

 private:
  using Guard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;
  std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
  std::vector<Guard> guards_;
  std::vector<std::thread> threads_;
};

}  // namespace millrace::server
