#include <fmt/format.h>

#include "base/encoding.h"
#include "services/lambda/async_invocations.h"
#include "services/lambda/invocation.h"
#include "services/lambda/operations.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

wire::ServiceError payload_too_large(std::size_t size, std::string_view type, std::size_t limit) {
  return request_too_large_exception(fmt::format(
      "{} byte payload is too large for the {} invocation type (limit {} bytes)", size, type, limit));
}

std::optional<wire::ServiceError> check_payload(const InvokeInput& input, bool event) {
  const std::size_t size = input.payload ? input.payload->size() : 0;
  const std::size_t limit = event ? kMaxAsyncPayload : kMaxSyncPayload;
  if (size > limit) return payload_too_large(size, event ? "Event" : "RequestResponse", limit);
  std::string why;
  if (size > 0 && !is_json(*input.payload, why)) return invalid_request_content_exception(why);
  return std::nullopt;
}

std::optional<std::string> decode_client_context(const InvokeInput& input) {
  if (!input.client_context || input.client_context->empty()) return std::string();
  return base::base64_decode(*input.client_context);
}

base::Task<Answer<InvokeOutput>> invoke_event(Lambda& service, LoadedFunction function,
                                              std::string request_id, std::string payload,
                                              std::string client_context, std::string trace_header) {
  InvokeOutput out;
  out.status_code = 202;
  if (service.async() == nullptr) {
    co_return base::fail(
        service_exception("This server was started without a queue for asynchronous invocations."));
  }
  PendingInvocation pending;
  pending.function = std::move(function.asked);
  pending.request_id = std::move(request_id);
  pending.payload = std::move(payload);
  pending.client_context = std::move(client_context);
  pending.trace_header = std::move(trace_header);
  const bool accepted = co_await service.async()->enqueue(std::move(pending));
  if (!accepted) co_return base::fail(service_exception("The event could not be kept."));
  co_return out;
}

}  // namespace

base::Task<Answer<InvokeOutput>> invoke(Lambda& service, const wire::RequestContext& context,
                                        InvokeInput input) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  const std::string type = input.invocation_type.value_or("RequestResponse");
  if (auto refusal = check_payload(input, type == "Event")) co_return base::fail(std::move(*refusal));
  std::optional<std::string> client_context = decode_client_context(input);
  if (!client_context) {
    co_return base::fail(
        invalid_request_content_exception("Client context must be a valid Base64-encoded JSON object."));
  }
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  InvokeOutput out;
  out.executed_version = loaded->record->version();
  std::string payload = input.payload && !input.payload->empty() ? std::move(*input.payload) : "{}";
  if (type == "DryRun") {
    out.status_code = 204;
    co_return out;
  }
  if (type == "Event") {
    co_return co_await invoke_event(service, std::move(*loaded), context.request_id, std::move(payload),
                                    std::move(*client_context), trace_header_of(context));
  }
  InvokeRequest request{std::move(*loaded),       context.request_id,
                        std::move(payload),       std::move(*client_context),
                        trace_header_of(context), input.log_type.value_or("None") == "Tail"};
  const bool want_log = request.want_log_tail;
  runtime::BufferSink sink(kMaxBufferedResponse);
  auto outcome = co_await run_function(service, std::move(request), sink);
  if (!outcome) co_return base::fail(std::move(outcome.error()));
  out.status_code = 200;
  if (want_log) out.log_result = base::base64_encode(outcome->log_tail);
  if (sink.too_large) {
    out.function_error = "Unhandled";
    out.payload = too_large_error();
  } else if (outcome->failure != runtime::InvokeFailure::kNone) {
    out.function_error = "Unhandled";
    out.payload = std::move(outcome->error_json);
  } else {
    out.payload = std::move(sink.body);
  }
  co_return out;
}

}  // namespace millrace::lambda
