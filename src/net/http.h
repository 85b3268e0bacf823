// HTTP/1.1 as handlers see it (RFC 9110, 9112). The server (server.h) makes one Exchange per request and
// calls the Handler; the exchange lives until the handler's task completes. One thread: an exchange is used
// only on its connection's executor.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"

namespace millrace::net {

// Field names compare without case; order and duplicates are kept.
struct HeaderView {
  std::string_view name;
  std::string_view value;
};
bool equals_ignore_case(std::string_view a, std::string_view b);

// What came in. Views stay valid for the life of the exchange.
struct RequestHead {
  std::string_view method;
  std::string_view target;  // as sent: path and query, percent-encoding untouched
  std::string_view path;    // target up to '?'
  std::string_view query;   // after '?', or empty
  std::vector<HeaderView> headers;
  bool http_1_0 = false;

  // First field of that name; nullopt when absent.
  std::optional<std::string_view> header(std::string_view name) const;
};

struct ResponseHead {
  int status = 200;
  // Framing fields (Content-Length, Transfer-Encoding, Connection, Date) are the server's; any given here are
  // ignored.
  std::vector<std::pair<std::string, std::string>> headers;
};

enum class ReadError {
  kTooLarge,   // more than the limit; the rest is not read and the connection will close after the reply
  kMalformed,  // broken chunked framing
  kTimeout,    // the client sent too slowly
  kClosed,     // the client went away
};
enum class WriteError { kClosed, kTimeout };

class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual const RequestHead& head() const = 0;
  virtual std::string_view peer_address() const = 0;

  // The whole body, kept in the exchange. Sends 100-continue when asked for. Call at most once, and not with
  // read_some.
  virtual base::Task<base::Result<std::string_view, ReadError>> read_body(std::size_t limit) = 0;
  // The next piece as it arrives, valid until the next call; an empty view means the end. Reading slowly
  // slows the client (TCP back-pressure). Trailers are in trailers() after the end.
  virtual base::Task<base::Result<std::string_view, ReadError>> read_some() = 0;
  virtual const std::vector<std::pair<std::string, std::string>>& trailers() const = 0;

  // A complete answer with Content-Length, in one write with its head where possible. Exactly one of send()
  // and begin().
  virtual base::Task<base::Result<void, WriteError>> send(ResponseHead head, std::string_view body) = 0;

  // A streamed answer (chunked; or until close for HTTP/1.0). begin() puts the head on the socket at once.
  virtual base::Task<base::Result<void, WriteError>> begin(ResponseHead head) = 0;
  // One chunk on the socket before it completes; waits while the client does not read (back-pressure). Empty
  // chunks are ignored.
  virtual base::Task<base::Result<void, WriteError>> write(std::string_view chunk) = 0;
  virtual base::Task<base::Result<void, WriteError>> finish() = 0;
  // Ends a streamed answer so that the client sees it was cut: the connection closes without the last chunk.
  virtual void abort() = 0;

  // Completes when the client has gone away (EOF or reset), or ends when the awaiting task is cancelled. At
  // most one waiter. A client that only half-closed its sending side counts as gone, as in other HTTP
  // servers' defaults.
  virtual base::Task<> wait_closed() = 0;
};

// Must answer with send() or begin()/finish(); a handler that returns without an answer, or throws, becomes a
// 500.
using Handler = std::function<base::Task<>(Exchange&)>;

}  // namespace millrace::net
