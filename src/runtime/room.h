// A room: the namespaces of one sandbox (mounts, processes, IPC), in which it sees a read-only root made of the machine's programs and
// libraries, its own /tmp, /var/task and /opt, its own processes, and nothing else: no data folder, no other function's code, no homes.
// Used by the spawner process only (one thread). As root, or with a user namespace of the spawner's own.
// https://man7.org/linux/man-pages/man7/namespaces.7.html
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "base/result.h"

namespace millrace::runtime {

// What a function's own is put into a room; may come later than the process.
struct RoomContents {
  std::string task;     // folder that becomes /var/task; empty: nothing yet
  std::string opt;      // folder that becomes /opt, or empty
  std::string modules;  // Node's SDK folder: /var/node_modules leads to its node_modules; or empty
  std::uint32_t tmp_mb = 512;
};

struct RoomRequest {
  bool wanted = false;
  std::vector<std::string> visible;  // seen read-only at their own path, beside /usr, /lib, /bin, /etc
  RoomContents contents;
  std::string hosts;  // lines added to /etc/hosts
};

struct Room {
  pid_t init = 0;   // holds the room open; in the spawner's own namespace of processes
  int handle = -1;  // pidfd of it
};

// Makes the spawner able to open rooms; without root by a user namespace for itself. The text says why not, and then the process is
// not fit for anything else: try it in a child first.
std::string prepare_rooms();
// Tries all of it in a child process: empty when rooms can be had, else why not.
std::string why_no_rooms();

base::Result<Room, std::string> open_room(const RoomRequest& request);
// Puts the contents in; afterwards the root is read-only for everybody. Empty, or what failed.
std::string furnish(const Room& room, const RoomContents& contents);
// Starts a child of the caller's in the room's namespace of processes. It runs `program`, which does not return. Its number here; -1 with
// errno when it cannot be started.
pid_t fork_into(const Room& room, const std::function<void()>& program);
// In such a child: takes on the room's mounts.
bool enter_room(const Room& room);
// Everything in it ends.
void close_room(Room& room);

}  // namespace millrace::runtime
