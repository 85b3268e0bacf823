#include "net/listener.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace millrace::net {

namespace {

constexpr int kBacklog = 4096;

ListenError listen_error(int error, std::string_view what, std::string_view where) {
  ListenError::Kind kind = ListenError::Kind::kOther;
  if (error == EADDRINUSE) kind = ListenError::Kind::kAddressInUse;
  if (error == EADDRNOTAVAIL || error == EAFNOSUPPORT || error == EINVAL || error == ENOENT)
    kind = ListenError::Kind::kAddressUnavailable;
  if (error == EACCES || error == EPERM) kind = ListenError::Kind::kNotPermitted;
  return {kind, fmt::format("cannot {} {}: {}", what, where, std::strerror(error))};
}

// Takes over `fd` and closes it on failure.
base::Result<int, ListenError> bind_and_listen(int fd, const sockaddr* address, socklen_t size,
                                               std::string_view where) {
  int error = 0;
  if (::bind(fd, address, size) != 0 || ::listen(fd, kBacklog) != 0) error = errno;
  if (error == 0) return fd;
  ::close(fd);
  return base::fail(listen_error(error, "listen on", where));
}

std::uint16_t bound_port(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
  if (storage.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in*>(&storage)->sin_port);
  return ntohs(reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port);
}

std::string address_text(const sockaddr_storage& storage) {
  char text[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr, text, sizeof text);
  } else if (storage.ss_family == AF_INET6) {
    const in6_addr& address = reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr;
    // A client of the IPv4 world on a dual-stack socket is shown as it knows itself.
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
      ::inet_ntop(AF_INET, address.s6_addr + 12, text, sizeof text);
    } else {
      ::inet_ntop(AF_INET6, &address, text, sizeof text);
    }
  }
  return text;
}

}  // namespace

base::Result<BoundSocket, ListenError> bind_tcp(const std::string& address, std::uint16_t port) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  BoundSocket bound;
  if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    bound.family = AF_INET;
  } else if (::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
    bound.family = AF_INET6;
  } else {
    return base::fail(ListenError{ListenError::Kind::kAddressUnavailable,
                                  fmt::format("'{}' is not an IPv4 or IPv6 address", address)});
  }
  std::string where =
      bound.family == AF_INET ? fmt::format("{}:{}", address, port) : fmt::format("[{}]:{}", address, port);
  int fd = ::socket(bound.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return base::fail(listen_error(errno, "open a socket for", where));
  int on = 1, off = 0;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
               sizeof on);  // a restart need not wait for old connections' TIME_WAIT
  base::Result<int, ListenError> listening;
  if (bound.family == AF_INET) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    listening = bind_and_listen(fd, reinterpret_cast<sockaddr*>(&v4), sizeof v4, where);
  } else {
    ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr) ? &off : &on,
                 sizeof on);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    listening = bind_and_listen(fd, reinterpret_cast<sockaddr*>(&v6), sizeof v6, where);
  }
  if (!listening) return base::fail(std::move(listening.error()));
  bound.fd = fd;
  bound.port = bound_port(fd);
  return bound;
}

base::Result<BoundSocket, ListenError> bind_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return base::fail(ListenError{ListenError::Kind::kAddressUnavailable,
                                  fmt::format("socket path '{}' is empty or too long", path)});
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  // Only a socket is removed: a mistyped path must not cost anybody a file.
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) ::unlink(path.c_str());
  int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return base::fail(listen_error(errno, "open a socket for", path));
  base::Result<int, ListenError> listening =
      bind_and_listen(fd, reinterpret_cast<sockaddr*>(&address), sizeof address, path);
  if (!listening) return base::fail(std::move(listening.error()));
  return BoundSocket{fd, AF_UNIX, 0};
}

Accepted accept_one(int listening_fd, int family) {
  Accepted accepted;
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  accepted.fd =
      ::accept4(listening_fd, reinterpret_cast<sockaddr*>(&storage), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (accepted.fd < 0) {
    accepted.error = errno;
    return accepted;
  }
  if (family == AF_UNIX) {
    accepted.peer = "unix";
  } else {
    int on = 1;
    ::setsockopt(accepted.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    accepted.peer = address_text(storage);
  }
  return accepted;
}

}  // namespace millrace::net
