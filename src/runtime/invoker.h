// Invoker: the one door to "run this function". It finds a warm sandbox or starts one, hands over the event,
// and relays the answer as a stream; a buffered reply is a stream of one chunk. Threads: call from any
// io_context thread; the sink is called on the caller's executor. Waits: until the function answered, failed
// or timed out; of a streamed answer, until its last byte, while the handler may run on (log_tail asked for:
// until that too). Cancelling the awaiting task ends the work: a streaming handler is told, and its sandbox
// replaced when it does not stop; a buffered one runs on to its end or timeout, as on AWS, with nobody
// listening.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "runtime/function_spec.h"

namespace millrace::runtime {

// Where the answer goes. Calls come in this order: begin() once, write() any number of times, then the
// invocation completes. A false return means the receiver is gone: the invocation ends.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  // content_type is what the runtime said: "application/json" for a buffered reply,
  // "application/octet-stream" or "application/vnd.awslambda.http-integration-response" for a streamed one.
  virtual base::Task<bool> begin(std::string_view content_type, bool streamed) = 0;
  // Bytes as the function wrote them; waits while the receiver is slow, and the function waits with it.
  virtual base::Task<bool> write(std::string_view bytes) = 0;
};

// Collects a reply up to `limit` bytes; more sets `too_large` and drops the rest.
class BufferSink final : public ResponseSink {
 public:
  explicit BufferSink(std::size_t limit) : limit_(limit) {}
  base::Task<bool> begin(std::string_view content_type, bool streamed) override;
  base::Task<bool> write(std::string_view bytes) override;
  std::string body;
  bool too_large = false;

 private:
  std::size_t limit_;
};

struct Invocation {
  FunctionPtr function;
  std::string request_id;      // UUID
  std::string payload;         // the event, JSON
  std::string client_context;  // JSON or empty
  std::string trace_header;    // X-Amzn-Trace-Id or empty
  bool want_log_tail = false;
};

enum class InvokeFailure {
  kNone,
  kHandled,  // the handler returned or threw an error: FunctionError "Unhandled" in AWS's header all the same
             // for Node
  kTimeout,  // Sandbox.Timedout
  kCrashed,  // Runtime.ExitError and kin
  kInit,     // the module did not load: Runtime.ImportModuleError, HandlerNotFound, ...
  kTooLarge,     // Function.ResponseSizeTooLarge
  kCancelled,    // the receiver went away
  kThrottled,    // no sandbox may be started: concurrency limit
  kUnavailable,  // the server cannot run this runtime or cannot start a process; error_json says why
};

struct InvokeOutcome {
  InvokeFailure failure = InvokeFailure::kNone;
  bool answer_began =
      false;               // begin() was called before the failure: an HTTP answer must be cut, not replaced
  std::string error_json;  // AWS's {"errorType","errorMessage","trace"} document when failed
  std::string log_tail;    // last 4 KB of log, raw, when asked for
  base::WallTime handler_started{};  // when the event was handed to the function
  std::chrono::microseconds duration{0};
  std::chrono::microseconds init_duration{0};  // 0 when warm
  std::uint32_t max_memory_mb = 0;
};

// One line or multi-line event of a function's log, in order per sandbox.
struct LogEvent {
  FunctionPtr function;
  std::string log_stream;  // "2026/11/21/[$LATEST]<32 hex>"
  std::string request_id;  // empty outside an invocation
  base::WallTime time;
  std::string message;  // without the trailing newline
};
// Called on the runtime's threads; must not block.
using LogSink = std::function<void(LogEvent)>;

// Provisioned concurrency: sandboxes kept initialised, and how many of them there are at this moment.
struct Provision {
  FunctionPtr function;
  std::uint32_t count = 0;
};
struct ProvisionState {
  std::uint32_t allocated = 0;  // initialised
  std::uint32_t available = 0;  // of these, not running anything
  bool failed = false;          // the last attempt to make one failed
};

class Invoker {
 public:
  virtual ~Invoker() = default;
  // `sink` must outlive the task. An InvokeOutcome, never an exception, for whatever the function does.
  virtual base::Task<InvokeOutcome> invoke(Invocation invocation, ResponseSink& sink) = 0;
  // Sandboxes of older revisions of this function are retired once idle.
  virtual void retire(std::string_view function_arn) = 0;
  // Exactly these are provisioned from now on. By FunctionSpec::arn; returns at once.
  virtual void provision([[maybe_unused]] std::vector<Provision> wanted) {}
  virtual ProvisionState provisioned([[maybe_unused]] std::string_view function_arn) const { return {}; }
};

}  // namespace millrace::runtime
