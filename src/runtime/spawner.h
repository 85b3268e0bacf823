// Spawner: a small process that starts sandboxes, so that the server itself, large and with many threads,
// never forks. It is made by a plain fork before the server has threads, memory or secrets. It dies with the
// server, and every sandbox dies with it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/result.h"
#include "runtime/room.h"

namespace millrace::runtime {

constexpr int kGate = 5;

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
  RoomRequest room;                 // namespaces of its own; its paths are then those inside
  std::uint64_t beside = 0;         // share the room of this sandbox, which lasts until both have ended
  // Ready to become its program, the process waits for a byte on descriptor kGate; kStarted comes before. Nothing tells then that the
  // program could not be started but its exit status 127.
  bool gated = false;
};

struct SpawnEvent {
  enum class Kind { kStarted, kFailed, kExited, kFurnished } kind = Kind::kFailed;
  std::uint64_t id = 0;
  pid_t pid = 0;
  std::string error;  // kFailed: at which step and why; kFurnished: empty when it was done
  int status = 0;     // kExited: as wait(2) gives it
  std::uint64_t max_rss_kb = 0;
};

class Spawner {
 public:
  // Call first thing in main: forks. Fails when the process already has more than one thread, or fork does.
  static base::Result<std::unique_ptr<Spawner>, std::string> start();
  ~Spawner();  // ends the process and all sandboxes
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;

  // Delivers events on `context`'s thread until stop_events(). Call once, before the first spawn().
  void deliver_events(boost::asio::io_context& context, std::function<void(const SpawnEvent&)> on_event);
  void stop_events();

  // Any thread; returns when the request is with the spawner. For each request that returned
  // no error follows kFailed, or kStarted and later kExited.
  std::optional<std::string> spawn(const SpawnRequest& request);
  // Gives a started sandbox in a room of its own what it was started without. kFurnished follows, unless it has ended. Any thread.
  void furnish(std::uint64_t id, const RoomContents& contents);
  // Empty when sandboxes can have rooms, else why not.
  const std::string& why_no_rooms() const { return why_no_rooms_; }
  // Signals the sandbox's process group, unless it was reaped already. Any thread.
  void signal(std::uint64_t id, int signal_number);

  pid_t pid() const { return pid_; }

 private:
  Spawner(pid_t pid, int socket, std::string why_no_rooms)
      : pid_(pid), socket_(socket), why_no_rooms_(std::move(why_no_rooms)) {}

  struct Events;
  pid_t pid_;
  int socket_;
  const std::string why_no_rooms_;
  std::mutex mutex_;  // one message at a time, and events_
  std::shared_ptr<Events> events_;
};

}  // namespace millrace::runtime
