#include "services/lambda/invocation.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "services/lambda/function_meters.h"
#include "services/lambda/record_json.h"
#include "services/lambda/recursion.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

// The server could not run it: not the function's doing.
wire::ServiceError unavailable(const std::string& error_json) {
  wire::JsonParser parser;
  std::string message = "The function could not be run.";
  std::string type;
  if (parser.parse(error_json)) {
    message = read_optional_text(parser.root(), "errorMessage").value_or(message);
    type = read_text(parser.root(), "errorType");
  }
  if (type == "Runtime.InvalidRuntime" || type == "InvalidRuntimeException")
    return invalid_runtime_exception(message);
  return service_exception(message);
}

wire::ServiceError recursive_loop(const FunctionName& name) {
  base::log(base::LogLevel::kWarning, "a recursive loop of {} is stopped after {} invocations", name.arn(),
            kMostLoops);
  return recursive_invocation_exception(
      "Lambda has detected your function being invoked in a recursive loop with other AWS resources and "
      "stopped "
      "your function's invocation.");
}

}  // namespace

wire::ServiceError throttled(Refusal why) {
  TooManyRequestsException error;
  error.message = "Rate Exceeded.";
  error.reason = why == Refusal::kReserved ? "ReservedFunctionConcurrentInvocationLimitExceeded"
                                           : "ConcurrentInvocationLimitExceeded";
  return to_error(error);
}

std::string too_large_error() {
  return fmt::format(
      R"({{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum )"
      R"(allowed payload size ({} bytes)."}})",
      kMaxBufferedResponse);
}

bool is_json(std::string_view payload, std::string& why) {
  wire::JsonParser parser;
  if (parser.parse(payload)) return true;
  why =
      "Could not parse request body into json: Could not parse payload into json: it is not one JSON value "
      "in UTF-8";
  return false;
}

std::string trace_header_of(const wire::RequestContext& context) {
  if (context.head == nullptr) return "";
  return std::string(context.head->header("x-amzn-trace-id").value_or(""));
}

base::Task<Answer<runtime::InvokeOutcome>> run_function(Lambda& service, InvokeRequest request,
                                                        runtime::ResponseSink& sink) {
  Refusal why = Refusal::kAccount;
  const FunctionRecord& record = *request.function.record;
  Lineage lineage = extend_lineage(request.trace_header, record.name.arn(), service.world().clock.now(),
                                   service.world().random);
  if (lineage.count > kMostLoops && record.recursive_loop == "Terminate")
    co_return base::fail(recursive_loop(record.name));
  auto place = service.in_flight().enter(record.name.arn(), record.reserved_concurrency, why);
  if (!place) {
    if (auto* meters = FunctionMeters::of_invoker(service.world().invoker))
      meters->throttled(*request.function.spec);
    co_return base::fail(throttled(why));
  }
  runtime::Invocation invocation;
  invocation.function = std::move(request.function.spec);
  invocation.request_id = std::move(request.request_id);
  invocation.payload = std::move(request.payload);
  invocation.client_context = std::move(request.client_context);
  invocation.trace_header = std::move(lineage.header);
  invocation.want_log_tail = request.want_log_tail;
  runtime::InvokeOutcome outcome = co_await service.world().invoker.invoke(std::move(invocation), sink);
  if (outcome.failure == runtime::InvokeFailure::kThrottled)
    co_return base::fail(throttled(Refusal::kAccount));
  if (outcome.failure == runtime::InvokeFailure::kUnavailable && !outcome.answer_began) {
    co_return base::fail(unavailable(outcome.error_json));
  }
  co_return std::move(outcome);
}

base::Task<Answer<runtime::InvokeOutcome>> run_while_connected(Lambda& service, InvokeRequest request,
                                                               runtime::ResponseSink& sink,
                                                               net::Exchange& exchange) {
  using boost::asio::experimental::awaitable_operators::operator||;
  // Whichever ends first cancels the other, and both have ended when this goes on.
  auto first = co_await (run_function(service, std::move(request), sink) || exchange.wait_closed());
  if (first.index() == 0) co_return std::move(std::get<0>(first));
  runtime::InvokeOutcome gone;
  gone.failure = runtime::InvokeFailure::kCancelled;
  co_return gone;
}

}  // namespace millrace::lambda
