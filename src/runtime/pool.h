// SandboxPool: every sandbox of the server. Warm ones per function revision, generic ones per launch plan, a bound on the total in
// which idle ones give way, least recently used first. Any thread; acquire() may wait.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "base/metrics.h"
#include "base/result.h"
#include "base/task.h"
#include "runtime/launcher.h"
#include "runtime/runtime.h"
#include "runtime/sandbox.h"

namespace millrace::runtime {

// Why there is no sandbox. `type` is AWS's errorType.
struct AcquireFailure {
  enum class Kind { kBusy, kUnavailable } kind;
  std::string type;
  std::string message;
};

class SandboxPool : public std::enable_shared_from_this<SandboxPool> {
 public:
  // `options` and `world` must outlive the pool.
  SandboxPool(const RuntimeOptions& options, const RuntimeWorld& world);

  void start();  // takes the spawner's events

  // A sandbox for the function, now the caller's: warm (initialized) or new (INIT is yet to be sent).
  base::Task<base::Result<SandboxPtr, AcquireFailure>> acquire(FunctionPtr function);
  // A new one, whatever waits idle; or one that another caller gave back meanwhile.
  base::Task<base::Result<SandboxPtr, AcquireFailure>> start_one(FunctionPtr function);
  // How many of a function and revision there are.
  struct Held {
    std::uint32_t loaded = 0;
    std::uint32_t idle = 0;
  };
  Held held(const std::string& key) const;
  // So many of each stay, however long they are idle.
  void keep(std::map<std::string, std::uint32_t> counts);
  // The answer is complete and the process about to be ready: an acquire() of the same function rather waits a little for it.
  void about_to_release(const SandboxPtr& sandbox);
  void release(const SandboxPtr& sandbox);  // ready for the next event
  // Its handler is loaded, or (false) will never be: the next one may start.
  void loaded(const SandboxPtr& sandbox, bool good);
  void discard(const SandboxPtr& sandbox);  // kills it
  void kill(const SandboxPtr& sandbox);     // kills the process; its owner still has to discard it
  // An API for extensions of a managed runtime's sandbox, before it gets its function. Its address, or why not.
  base::Result<std::string, std::string> give_extensions(const SandboxPtr& sandbox, FunctionPtr function);
  // Starts those that sandbox.extension_launch names. Empty, or why not.
  std::string start_extensions(const SandboxPtr& sandbox);
  void prepare(const FunctionSpec& function);
  void retire(std::string_view function_arn);
  void close();  // kills all; nothing is started any more
  bool empty() const;

 private:
  enum class Want { kSandbox, kSlot, kTurn };  // any takes a sandbox of its function that becomes free
  struct Waiter {
    Waiter(const boost::asio::any_io_executor& its_executor, std::string wanted)
        : executor(its_executor), timer(its_executor), key(std::move(wanted)) {}
    boost::asio::any_io_executor executor;
    boost::asio::steady_timer timer;
    std::string key;
    SandboxPtr sandbox;  // granted: this one
    bool slot = false;   // granted: room for a new one
    bool turn = false;   // granted: it may start now
    Want want = Want::kSlot;
  };
  using WaiterPtr = std::shared_ptr<Waiter>;

  SandboxPtr take_idle(const std::string& key, const boost::asio::any_io_executor& executor);
  bool take_slot_locked();
  void grant_slot_locked();
  base::Task<WaiterPtr> wait_for_room(std::string key);
  base::Task<SandboxPtr> wait_for_handover(std::string key);
  base::Task<WaiterPtr> wait_for_turn(std::string key);
  base::Task<> wait_as(WaiterPtr waiter);
  WaiterPtr take_waiter_locked(Want want);
  void end_turn_locked(const SandboxPtr& sandbox);
  bool give_to_waiter_locked(const SandboxPtr& sandbox);
  base::Task<base::Result<LaunchPlan, AcquireFailure>> plan_for(FunctionPtr function);
  base::Result<SandboxPtr, AcquireFailure> obtain(const LaunchPlan& plan, FunctionPtr function,
                                                  const std::string& key);
  base::Result<SandboxPtr, std::string> launch_locked(const LaunchPlan& plan, bool ahead);
  void keep_ahead(const LaunchPlan& plan);
  std::size_t surplus_locked(const std::string& key, const std::vector<SandboxPtr>& idle) const;
  bool forget_locked(const SandboxPtr& sandbox);
  void on_event(const SpawnEvent& event);
  void on_extension_event(const SpawnEvent& event);
  void end_process(const SandboxPtr& sandbox);
  void sweep();
  void schedule_sweep();
  void sweep_memory_locked(std::vector<SandboxPtr>& over);
  void sweep_idle_locked(std::vector<SandboxPtr>& expired);

  const RuntimeOptions& options_;
  const RuntimeWorld& world_;
  Launcher launcher_;
  std::uint32_t limit_;
  std::uint32_t starts_at_once_;
  base::Gauge& live_gauge_;
  base::Counter& launched_counter_;

  mutable std::mutex mutex_;
  bool closed_ = false;
  std::uint32_t starting_ =
      0;  // sandboxes that load their handler: bounded, or a crowd of cold starts would all be late
  std::uint32_t live_ = 0;  // slots in use
  std::unordered_map<std::uint64_t, SandboxPtr> all_;
  std::unordered_map<std::string, std::vector<SandboxPtr>>
      idle_;                                                // by function and revision; most recent last
  std::map<std::string, std::vector<SandboxPtr>> generic_;  // by launch key
  std::map<std::string, base::SteadyTime> generic_wanted_;  // when each launch key was last asked for
  std::unordered_map<std::uint64_t, SandboxPtr> busy_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Extensions>> extension_processes_;  // running
  std::map<std::string, std::uint32_t> kept_;  // by function and revision
  std::deque<WaiterPtr> waiters_;
  std::map<std::string, std::vector<SandboxPtr>> finishing_;  // busy, and about to be released
  boost::asio::steady_timer sweep_timer_;
  bool sweeping_ = false;
};

// Identifies the code and configuration a sandbox holds.
std::string sandbox_key(const FunctionSpec& function);

}  // namespace millrace::runtime
