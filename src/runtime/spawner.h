// Spawner: a small process that starts sandboxes, so that the server itself, large and with many threads,
// never forks. It is made by a plain fork before the server has threads, memory or secrets. It dies with the
// server, and every sandbox dies with it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/result.h"

namespace millrace::runtime {

struct SpawnRequest {
  std::uint64_t id = 0;                  // the caller's; never used twice
  std::vector<std::string> arguments;    // [0] is the absolute path of the program
  std::vector<std::string> environment;  // "NAME=value"; nothing else is inherited
  std::string folder = "/";              // working directory
  std::vector<std::pair<int, int>>
      descriptors;  // (ours, the child's number); the child has no others. Ours may be closed after spawn()
  std::uint64_t data_limit = 0;     // RLIMIT_DATA in bytes; 0: none
  std::uint32_t process_limit = 0;  // RLIMIT_NPROC; holds only with a user of its own
  std::uint32_t user = 0;           // uid and gid to drop to; 0: stay
};

struct SpawnExit {
  std::uint64_t id = 0;
  bool started = false;  // false: `error` says at which step and why
  std::string error;
  int status = 0;  // as wait(2) gives it
  std::uint64_t max_rss_kb = 0;
};

class Spawner {
 public:
  // Call first thing in main: forks. Fails when the process already has more than one thread, or fork does.
  static base::Result<std::unique_ptr<Spawner>, std::string> start();
  ~Spawner();  // ends the process and all sandboxes
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;

  // Delivers exits on `context`'s thread until stop_events(). Call once, before the first spawn().
  void deliver_events(boost::asio::io_context& context, std::function<void(const SpawnExit&)> on_exit);
  void stop_events();

  // Any thread; returns when the request is with the spawner. Exactly one SpawnExit follows for each request
  // that returned no error.
  std::optional<std::string> spawn(const SpawnRequest& request);
  // Signals the sandbox's process group, unless it was reaped already. Any thread.
  void signal(std::uint64_t id, int signal_number);

  pid_t pid() const { return pid_; }

 private:
  Spawner(pid_t pid, int socket) : pid_(pid), socket_(socket) {}
  void read_events();

  struct Events;
  pid_t pid_;
  int socket_;
  std::mutex mutex_;  // one message at a time, and events_
  std::shared_ptr<Events> events_;
};

}  // namespace millrace::runtime
