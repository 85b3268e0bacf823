#include "triggers/invoke_handler.h"

namespace millrace::triggers {

namespace {

constexpr std::size_t kAnswerLimit = 6u << 20;

BatchAnswer::Kind kind_of(runtime::InvokeFailure failure) {
  switch (failure) {
    case runtime::InvokeFailure::kNone:
      return BatchAnswer::Kind::kAnswered;
    case runtime::InvokeFailure::kHandled:
    case runtime::InvokeFailure::kTimeout:
    case runtime::InvokeFailure::kCrashed:
    case runtime::InvokeFailure::kInit:
    case runtime::InvokeFailure::kTooLarge:
      return BatchAnswer::Kind::kFailed;
    case runtime::InvokeFailure::kCancelled:
    case runtime::InvokeFailure::kThrottled:
    case runtime::InvokeFailure::kUnavailable:
      break;
  }
  return BatchAnswer::Kind::kNotRun;
}

}  // namespace

base::Task<BatchAnswer> InvokeHandler::handle(const catalog::EventSourceMapping& mapping, std::string event) {
  BatchAnswer answer;
  runtime::Invocation invocation;
  invocation.function = co_await find_(mapping.function_arn);
  if (!invocation.function) {
    answer.problem = "the function does not exist";
    co_return answer;
  }
  invocation.request_id = base::make_uuid(random_);
  answer.request_id = invocation.request_id;
  invocation.payload = std::move(event);
  runtime::BufferSink sink(kAnswerLimit);
  const runtime::InvokeOutcome outcome = co_await invoker_.invoke(std::move(invocation), sink);
  answer.kind = sink.too_large ? BatchAnswer::Kind::kFailed : kind_of(outcome.failure);
  answer.body = std::move(sink.body);
  answer.problem = outcome.error_json;
  answer.handler_started = outcome.handler_started;
  co_return answer;
}

}  // namespace millrace::triggers
