// A few threads that may wait for the disk. They start with the first job, because most servers never need them.
#pragma once

#include <functional>
#include <mutex>
#include <optional>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace millrace::store {

class BlockingPool {
 public:
  explicit BlockingPool(std::size_t threads) : threads_(threads) {}

  template <class Job>
  void run(Job job) {
    std::call_once(started_, [this] { pool_.emplace(threads_); });
    boost::asio::post(*pool_, std::move(job));
  }

 private:
  const std::size_t threads_;
  std::once_flag started_;
  std::optional<boost::asio::thread_pool> pool_;  // its destructor drops waiting jobs and joins
};

}  // namespace millrace::store
