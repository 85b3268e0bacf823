// Listening sockets as the kernel gives them: made, bound and accepting. Plain file descriptors, owned by the caller; all are
// non-blocking and close on exec, so that no sandbox inherits one.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "net/server.h"

namespace millrace::net {

struct BoundSocket {
  int fd = -1;
  int family = 0;
  std::uint16_t port = 0;  // 0 for a Unix-domain socket
};

base::Result<BoundSocket, ListenError> bind_tcp(const std::string& address, std::uint16_t port);
base::Result<BoundSocket, ListenError> bind_unix(const std::string& path);

struct Accepted {
  int fd = -1;       // -1: see error
  int error = 0;     // errno
  std::string peer;  // the address as text; "unix" for a Unix-domain socket
};
Accepted accept_one(int listening_fd, int family);

}  // namespace millrace::net
