#include "base/encoding.h"
#include "services/lambda/invocation.h"
#include "services/lambda/operations.h"
#include "services/lambda/record_json.h"
#include "shapes/lambda/errors.h"
#include "wire/event_stream.h"

namespace millrace::lambda {
namespace {

// Each write of the function becomes one PayloadChunk, on the socket before the function's next write is taken.
class EventStreamSink final : public runtime::ResponseSink {
 public:
  EventStreamSink(wire::HttpCall& http, std::string version) : http_(http), version_(std::move(version)) {}

  base::Task<bool> begin(std::string_view, bool) override { co_return co_await start(); }

  base::Task<bool> write(std::string_view bytes) override {
    frame_.clear();
    wire::append_event(frame_, "PayloadChunk", "application/octet-stream", bytes);
    auto written = co_await http_.exchange.write(frame_);
    co_return written.has_value();
  }

  base::Task<bool> start() {
    if (started_) co_return true;
    started_ = true;
    net::ResponseHead head;
    head.headers = http_.headers;
    head.headers.emplace_back("Content-Type", "application/vnd.amazon.eventstream");
    head.headers.emplace_back("X-Amz-Executed-Version", version_);
    auto begun = co_await http_.exchange.begin(std::move(head));
    co_return begun.has_value();
  }

  base::Task<> complete(std::string_view document) {
    frame_.clear();
    wire::append_event(frame_, "InvokeComplete", "application/json", document);
    auto written = co_await http_.exchange.write(frame_);
    if (written) (void)co_await http_.exchange.finish();
  }

 private:
  wire::HttpCall& http_;
  std::string version_;
  std::string frame_;
  bool started_ = false;
};

std::string complete_document(const runtime::InvokeOutcome& outcome, bool want_log) {
  RecordWriter out;
  if (outcome.failure != runtime::InvokeFailure::kNone) {
    out.text("ErrorCode", std::string_view("Unhandled"))
        .text("ErrorDetails", std::string_view(outcome.error_json));
  }
  if (want_log) out.text("LogResult", std::string_view(base::base64_encode(outcome.log_tail)));
  return out.finish();
}

}  // namespace

base::Task<Answer<void>> invoke_with_response_stream(Lambda& service, const wire::RequestContext& context,
                                                     InvokeWithResponseStreamInput input,
                                                     wire::HttpCall& http) {
  auto name = parse_function_name(context, input.function_name, input.qualifier);
  if (!name) co_return base::fail(std::move(name.error()));
  std::string why;
  if (input.payload && input.payload->size() > kMaxSyncPayload) {
    co_return base::fail(request_too_large_exception(
        std::to_string(input.payload->size()) +
        " byte payload is too large for the RequestResponse invocation type (limit " +
        std::to_string(kMaxSyncPayload) + " bytes)"));
  }
  if (input.payload && !input.payload->empty() && !is_json(*input.payload, why)) {
    co_return base::fail(invalid_request_content_exception(why));
  }
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  EventStreamSink sink(http, loaded->record->version());
  if (input.invocation_type.value_or("RequestResponse") == "DryRun") {
    net::ResponseHead head{204, http.headers};
    (void)co_await http.exchange.send(std::move(head), "");
    co_return Answer<void>();
  }
  const bool want_log = input.log_type.value_or("None") == "Tail";
  InvokeRequest request{std::move(*loaded),
                        context.request_id,
                        input.payload && !input.payload->empty() ? std::move(*input.payload) : "{}",
                        base::base64_decode(input.client_context.value_or("")).value_or(""),
                        trace_header_of(context),
                        want_log};
  auto outcome = co_await run_while_connected(service, std::move(request), sink, http.exchange);
  if (!outcome) co_return base::fail(std::move(outcome.error()));
  if (outcome->failure == runtime::InvokeFailure::kCancelled) co_return Answer<void>();
  const bool started = co_await sink.start();
  if (started) co_await sink.complete(complete_document(*outcome, want_log));
  co_return Answer<void>();
}

}  // namespace millrace::lambda
