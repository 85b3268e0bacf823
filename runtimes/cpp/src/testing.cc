#include "millrace/function/testing.h"

namespace millrace::function::harness {
namespace {

constexpr std::string_view kHttpStream = "application/vnd.awslambda.http-integration-response";

class Recorder final : public ResponseSink {
 public:
  Recorder(Reply& reply, std::size_t takes) : reply_(reply), takes_(takes) {}

  void begin(std::string_view content_type) override {
    reply_.content_type = content_type;
    awaits_head_ = content_type == kHttpStream;
  }

  void write(std::string_view bytes) override {
    if (awaits_head_) {
      const std::size_t end = bytes.find(std::string_view("\0\0\0\0\0\0\0\0", 8));
      if (end == std::string_view::npos) throw std::logic_error("the first write is the HTTP head");
      reply_.head = Json::parse(bytes.substr(0, end)).get<HttpHead>();
      bytes.remove_prefix(end + 8);
      awaits_head_ = false;
      if (bytes.empty()) return;
    }
    if (reply_.chunks.size() == takes_) throw ReceiverGone();
    reply_.chunks.emplace_back(bytes);
    reply_.body += bytes;
  }

 private:
  Reply& reply_;
  std::size_t takes_;
  bool awaits_head_ = false;
};

}  // namespace

Reply call_text(const Handler& handler, std::string_view event, const CallOptions& options) {
  Context context = context_of_process();
  context.request_id = options.request_id;
  context.client_context = options.client_context;
  context.invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:test";
  context.deadline = std::chrono::system_clock::now() + options.remaining;
  Reply reply;
  reply.streamed = handler.streams();
  try {
    if (!handler.streams()) {
      reply.body = handler.answer(event, context);
      reply.content_type = "application/json";
    } else {
      Recorder recorder(reply, options.receiver_takes);
      ResponseStream out(recorder);
      handler.stream(event, context, out);
    }
  } catch (const ReceiverGone&) {
    // As in operation: the handler has ended, nobody is told.
  } catch (...) {
    reply.error = describe_current_exception();
  }
  return reply;
}

Reply call(const Handler& handler, const Json& event, const CallOptions& options) {
  return call_text(handler, event.dump(), options);
}

}  // namespace millrace::function::harness
