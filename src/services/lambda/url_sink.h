// Where a function's answer goes behind a function URL: to the client's socket, write by write (RESPONSE_STREAM), or into
// memory first (BUFFERED). One per invocation; used on the exchange's executor.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "net/http.h"
#include "runtime/invoker.h"
#include "services/lambda/url_answer.h"

namespace millrace::lambda {

class UrlSink final : public runtime::ResponseSink {
 public:
  struct Parts {
    net::Exchange& exchange;
    base::Clock& clock;
    // Adds what every answer of this URL carries: request id, CORS.
    std::function<void(net::ResponseHead&)> decorate;
    bool stream = false;           // InvokeMode RESPONSE_STREAM
    bool bandwidth_shape = false;  // AWS's: 6 MB free, then 2 MB/s
    std::size_t buffer_limit = 0;  // of a buffered answer
  };
  explicit UrlSink(Parts parts) : parts_(std::move(parts)) {}

  base::Task<bool> begin(std::string_view content_type, bool streamed) override;
  base::Task<bool> write(std::string_view bytes) override;

  // After the invocation, when nothing went wrong with it: sends what is left to send.
  base::Task<> finish();
  // After a failure: 502 when nothing was sent yet, else the body is cut.
  base::Task<> fail(int status);

 private:
  base::Task<bool> start(net::ResponseHead head);
  base::Task<bool> pass(std::string_view bytes);
  base::Task<> send_buffered();

  Parts parts_;
  std::string content_type_;
  bool passes_ = false;         // bytes go to the client as they come
  bool wants_prelude_ = false;  // the prelude is not complete yet
  bool malformed_ = false;
  bool too_large_ = false;
  bool started_ = false;  // the head is on the socket
  PreludeSplitter splitter_;
  std::string buffer_;
  std::uint64_t sent_ = 0;
};

}  // namespace millrace::lambda
