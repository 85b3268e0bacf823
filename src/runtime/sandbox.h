// Sandbox: one process that runs (or is ready to run) one revision of one function. Shared by the pool, the invocation that uses it
// and the spawner's events. States: generic (started ahead, no function yet), busy (an invocation owns it), idle (the pool owns it),
// gone. The fields without a lock belong to whoever owns it at the moment.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/task.h"
#include "runtime/channel.h"
#include "runtime/extensions.h"
#include "runtime/log_pump.h"
#include "runtime/runtime_api.h"
#include "runtime/spawner.h"

namespace millrace::runtime {

enum class EndReason { kFailure, kTimeout, kSpindown };

// The external extensions that a sandbox is to have.
struct ExtensionLaunch {
  std::vector<std::string> names;  // of the programs
  std::string programs;            // their folder, as the sandbox sees it
  std::string folder = "/";        // to start them in
  std::map<std::string, std::string> environment;
};

class Sandbox {
 public:
  Sandbox(std::uint64_t sandbox_id, std::string launch_key, int channel_fd, std::shared_ptr<LogPump> log_pump)
      : id(sandbox_id), launch(std::move(launch_key)), channel(channel_fd), logs(std::move(log_pump)) {}
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  const std::uint64_t id;
  const std::string
      launch;  // what the process was started with; a generic one serves any function with the same
  Channel channel;
  const std::shared_ptr<LogPump> logs;
  std::shared_ptr<RuntimeApi> api;         // of custom runtimes; set before the process starts
  std::shared_ptr<Extensions> extensions;  // null: it has none, and nobody can become one
  ExtensionLaunch extension_launch;
  int gate = -1;           // a byte here lets the process become its program
  std::uint32_t user = 0;  // of its processes; 0: the server's own
  std::atomic<EndReason> end_reason{
      EndReason::kFailure};  // what extensions are told when the process has ended
  FunctionPtr function;      // null while generic
  std::string key;           // function and revision, once assigned
  std::string log_stream;
  bool counts = false;       // as one that is loaded; the pool's, under its lock
  bool has_turn = false;     // counts among those that load their handler; the pool's, under its lock
  bool initialized = false;  // the handler is loaded
  bool streaming = false;    // what kind of handler it is
  base::SteadyTime launched;
  base::SteadyTime idle_since;
  std::atomic<pid_t> pid{0};
  std::atomic<bool> out_of_memory{false};  // killed for using more than its memory size
  bool in_room = false;  // has namespaces of its own: its package is at /var/task, its layers at /opt

  void open_gate();

  // From the spawner's events, any thread.
  void set_exit(const SpawnEvent& event);
  bool exited() const;
  // How the process ended; nullopt when it has not within `patience`.
  base::Task<std::optional<SpawnEvent>> wait_exit(std::chrono::milliseconds patience);
  // Its room got its contents; from the spawner's events.
  void set_furnished(const SpawnEvent& event);
  // Empty when it was done within `patience`, else why not.
  base::Task<std::string> wait_furnished(std::chrono::milliseconds patience);

 private:
  struct ExitWaiter {
    boost::asio::any_io_executor executor;
    std::shared_ptr<boost::asio::steady_timer> timer;
  };
  mutable std::mutex mutex_;
  std::optional<SpawnEvent> exit_;
  std::vector<ExitWaiter> exit_waiters_;
  std::optional<std::string> furnished_;
};

using SandboxPtr = std::shared_ptr<Sandbox>;

// Resident memory of a process in KiB; 0 when it is gone.
std::uint64_t resident_kb(pid_t pid);

}  // namespace millrace::runtime
