// What Invoke, InvokeWithResponseStream, function URLs and the asynchronous queue share: taking a place, running, and
// telling failures in AWS's words.
#pragma once

#include <optional>
#include <string>

#include "net/http.h"
#include "runtime/invoker.h"
#include "services/lambda/lambda.h"

namespace millrace::lambda {

constexpr std::size_t kMaxSyncPayload = 6'291'456;       // bytes of an event
constexpr std::size_t kMaxBufferedResponse = 6'291'556;  // bytes of a buffered answer
constexpr std::size_t kMaxAsyncPayload = 1'048'576;

struct InvokeRequest {
  LoadedFunction function;
  std::string request_id;
  std::string payload;
  std::string client_context;
  std::string trace_header;
  bool want_log_tail = false;
};

// Waits for the function. `sink` must outlive the task. An error: there was no place, or nothing could run it; the function
// was not called. A failure of the function is in the outcome.
base::Task<Answer<runtime::InvokeOutcome>> run_function(Lambda& service, InvokeRequest request,
                                                        runtime::ResponseSink& sink);

// The same, ended early when the client of `exchange` goes away: then the outcome is kCancelled. The request's body must have
// been read.
base::Task<Answer<runtime::InvokeOutcome>> run_while_connected(Lambda& service, InvokeRequest request,
                                                               runtime::ResponseSink& sink,
                                                               net::Exchange& exchange);

// TooManyRequestsException, 429.
wire::ServiceError throttled(Refusal why);
// {"errorType":"Function.ResponseSizeTooLarge",...} for a buffered answer over the limit.
std::string too_large_error();
// False: InvalidRequestContentException's message is in `why`.
bool is_json(std::string_view payload, std::string& why);
std::string trace_header_of(const wire::RequestContext& context);

}  // namespace millrace::lambda
