// Keeps so many sandboxes of a function started and initialised, whether anybody calls it or not: provisioned concurrency. What is
// lost (a crash, a new revision) is made anew within a second. Any thread.
// https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/task.h"
#include "runtime/invoker.h"
#include "runtime/pool.h"

namespace millrace::runtime {

// Starts one more sandbox of the function and gives it to the pool; false when its handler cannot be loaded.
class Warmer {
 public:
  virtual ~Warmer() = default;
  virtual base::Task<bool> warm(FunctionPtr function) = 0;
};

class Provisioner : public std::enable_shared_from_this<Provisioner> {
 public:
  // All must outlive its last task, which is before `warmer` counts nothing under way any more.
  Provisioner(boost::asio::io_context& home, base::Clock& clock, std::shared_ptr<SandboxPool> pool,
              Warmer& warmer);

  // Exactly these, from now on.
  void set(std::vector<Provision> wanted);
  ProvisionState state(std::string_view function_arn) const;
  void close();

 private:
  struct Entry {
    FunctionPtr function;
    std::uint32_t count = 0;
    std::uint32_t warming = 0;
    bool failed = false;       // the last one made
    base::SteadyTime again{};  // not before, after a failure
  };
  static base::Task<> run(std::shared_ptr<Provisioner> self);
  static base::Task<> warm_one(std::shared_ptr<Provisioner> self, std::string key, FunctionPtr function);
  void start_missing();

  boost::asio::io_context& home_;
  base::Clock& clock_;
  const std::shared_ptr<SandboxPool> pool_;
  Warmer& warmer_;
  boost::asio::steady_timer look_again_;  // on home_
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // by sandbox key; guarded by mutex_
  bool running_ = false;                  // guarded by mutex_
  bool closed_ = false;                   // guarded by mutex_
};

}  // namespace millrace::runtime
