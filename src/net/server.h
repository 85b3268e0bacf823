// The HTTP/1.1 server: listening sockets and sessions over one io_context per thread. Keep-alive, pipelining,
// chunked bodies both ways, Expect: 100-continue, limits and timeouts, graceful drain. One parser, no timer
// per operation: slow clients are found by one sweep per thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/metrics.h"
#include "base/result.h"
#include "net/http.h"

namespace millrace::net {

struct ServerLimits {
  std::size_t head_bytes = 64u << 10;  // request line and fields; more is answered 431 (or 414)
  std::size_t header_count = 200;
  std::size_t connections = 4096;  // per server; more are answered 503 and closed
  // Enforced by a sweep per thread that runs four times within the shortest of them (at least once a second), so a
  // connection may live two sweeps longer.
  std::chrono::milliseconds head_timeout =
      std::chrono::seconds(20);  // from a head's first byte to its end; 408
  std::chrono::milliseconds body_timeout = std::chrono::seconds(60);  // without progress of a body being read
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(120);  // keep-alive without a request
  std::chrono::milliseconds write_timeout =
      std::chrono::seconds(300);  // without progress of an answer being written
};

struct ListenError {
  enum class Kind { kAddressInUse, kAddressUnavailable, kNotPermitted, kOther } kind;
  std::string message;
};

class Server {
 public:
  virtual ~Server() = default;
  // Bound at once; port 0 takes a free one, which port() tells. Accepts from start() on.
  virtual std::uint16_t port() const = 0;
  virtual void start() = 0;
  // Stops accepting, closes idle connections, lets running exchanges finish until `patience` is over, then
  // cuts them: their sockets close and their handlers' tasks are cancelled. Completes when none is left. Call once, from
  // an executor of one thread, while the server's threads run.
  virtual base::Task<> drain(std::chrono::milliseconds patience) = 0;
};

// `address` is an IPv4 or IPv6 address as text ("::" also takes IPv4). Connections are spread over `threads` (each an
// io_context run by exactly one thread); all must outlive the server.
base::Result<std::unique_ptr<Server>, ListenError> listen_http(std::vector<boost::asio::io_context*> threads,
                                                               const std::string& address, std::uint16_t port,
                                                               Handler handler, const ServerLimits& limits,
                                                               base::Registry& metrics);
// The same over a Unix-domain socket at `path`, which is removed first and when the server goes; port() is 0.
base::Result<std::unique_ptr<Server>, ListenError> listen_http_unix(
    std::vector<boost::asio::io_context*> threads, const std::string& path, Handler handler,
    const ServerLimits& limits, base::Registry& metrics);

}  // namespace millrace::net
