// The Runtime API as a function sees it. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
// Every call throws ConnectionLost when there is no Runtime API (any more).
#pragma once

#include <string>
#include <string_view>

#include "connection.h"
#include "millrace/function/context.h"
#include "millrace/function/error.h"
#include "millrace/function/response_stream.h"

namespace millrace::function {

struct Event {
  Context context;
  std::string payload;
};

class RuntimeClient {
 public:
  explicit RuntimeClient(std::string address)
      : connection_(std::move(address)), process_(context_of_process()) {}

  Event next();  // waits
  void respond(const std::string& request_id, std::string_view body);
  void report(const std::string& request_id, const ErrorReport& error);
  void report_init(const ErrorReport& error);

  Connection& connection() { return connection_; }

 private:
  void post(std::string_view path, std::string_view headers, std::string_view body);

  Connection connection_;
  Context process_;
};

// A streamed answer: one chunk of a chunked request per write, errors as its trailers.
class StreamedAnswer final : public ResponseSink {
 public:
  StreamedAnswer(Connection& connection, std::string request_id)
      : connection_(connection), request_id_(std::move(request_id)) {}
  void begin(std::string_view content_type) override;
  void write(std::string_view bytes) override;
  void end();
  void fail(const ErrorReport& error);

 private:
  void finish(std::string_view last);

  Connection& connection_;
  std::string request_id_;
};

}  // namespace millrace::function
