// HTTP/1.1 as handlers see it (RFC 9110, 9112). The server (server.h) makes one Exchange per request and
// calls the Handler; the exchange lives until the handler's task completes. One thread: an exchange is used
// only on its connection's executor.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "net/http_message.h"

namespace millrace::net {

enum class ReadError {
  kTooLarge,   // more than the limit; the rest is not read and the connection will close after the reply
  kMalformed,  // broken chunked framing
  kTimeout,    // the client sent too slowly
  kClosed,     // the client went away
};
enum class WriteError { kClosed, kTimeout };

// Reading and writing may go on at the same time, each by one task. Cancelling the awaiting task ends any wait: a read then
// fails with kClosed and the connection closes after the answer; a write fails with kClosed and cuts the answer.
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

// Must answer with send() or begin()/finish(). A handler that returns without an answer, or throws, becomes a 500;
// one that returns without an answer after a ReadError becomes what the error calls for: 413, 400 or 408.
using Handler = std::function<base::Task<>(Exchange&)>;

}  // namespace millrace::net
