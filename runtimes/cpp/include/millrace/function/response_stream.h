// The answer of a streaming handler, sent as it is written: when write() returns, the bytes are with the platform, and when the
// receiver is slow, write() waits for it. One thread at a time.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "millrace/function/events/http.h"

namespace millrace::function {

// Thrown by write() when nobody takes the answer any more. Handlers let it pass.
class ReceiverGone : public std::runtime_error {
 public:
  ReceiverGone() : std::runtime_error("the receiver of the answer has gone") {}
};

// Where the bytes go: the Runtime API, or a test.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  virtual void begin(std::string_view content_type) = 0;
  virtual void write(std::string_view bytes) = 0;  // never empty
};

class ResponseStream {
 public:
  explicit ResponseStream(ResponseSink& sink) : sink_(sink) {}
  ResponseStream(const ResponseStream&) = delete;
  ResponseStream& operator=(const ResponseStream&) = delete;

  // Before the first byte; "application/octet-stream" if never called.
  void set_content_type(std::string_view content_type);
  // Status, headers and cookies for a function URL or API: sent at once, before any byte of the body. At most once, and first.
  void begin_http(const HttpHead& head);
  void write(std::string_view bytes);
  // Something was sent: from here on an error cuts the answer instead of replacing it.
  bool begun() const { return begun_; }

 private:
  void begin();

  ResponseSink& sink_;
  std::string content_type_ = "application/octet-stream";
  bool begun_ = false;
};

}  // namespace millrace::function
