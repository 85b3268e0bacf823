#include "runtime/runtime_api.h"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <simdjson.h>

#include "base/encoding.h"
#include "runtime/invocation.h"
#include "runtime/report.h"

namespace millrace::runtime {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kPrefix = "/2018-06-01/runtime/";
constexpr std::string_view kInvocation = "invocation/";
constexpr std::size_t kErrorLimit = 1u << 20;
constexpr int kTurns = 8;
constexpr auto kLastWords = std::chrono::seconds(30);  // of an answer whose receiver is slow
constexpr auto kPatient =
    std::chrono::hours(24);  // a runtime may be idle, or think, for as long as its timeout lets it

net::ServerLimits patient_limits() {
  net::ServerLimits limits;
  limits.connections = 64;
  limits.body_timeout = limits.idle_timeout = limits.write_timeout = kPatient;
  return limits;
}

base::Task<> answer(net::Exchange& exchange, int status, std::string body) {
  net::ResponseHead head;
  head.status = status;
  head.headers.emplace_back("Content-Type", "application/json");
  const auto ignored = co_await exchange.send(std::move(head), body);
  static_cast<void>(ignored);
}

base::Task<> accepted(net::Exchange& exchange) {
  std::string body = R"({"status":"OK"})";
  co_await answer(exchange, 202, std::move(body));
}

base::Task<> refuse(net::Exchange& exchange, int status, std::string_view type, std::string_view message) {
  std::string document = error_document(type, message);
  co_await answer(exchange, status, std::move(document));
}

// "<id>/<what>" of a path below invocation/
std::string_view id_in(std::string_view path) {
  path.remove_prefix(kPrefix.size() + kInvocation.size());
  return path.substr(0, path.find('/'));
}

}  // namespace

RuntimeApi::RuntimeApi(asio::io_context& home, int fd)
    : home_(home), channel_(fd), arrived_(home), quiet_(home) {
  arrived_.expires_at(asio::steady_timer::time_point::max());
  channel_.attach(home.get_executor());
}

base::Result<std::shared_ptr<RuntimeApi>, std::string> RuntimeApi::open(asio::io_context& home, int fd,
                                                                        base::Registry& metrics) {
  auto api = std::shared_ptr<RuntimeApi>(new RuntimeApi(home, fd));
  // The listener does not keep the API alive: the API owns the listener.
  auto handler = [weak = std::weak_ptr(api)](net::Exchange& exchange) {
    return serve(weak.lock(), exchange);
  };
  auto server = net::listen_http({&home}, "127.0.0.1", 0, std::move(handler), patient_limits(), metrics);
  if (!server) return base::fail(server.error().message);
  api->server_ = std::move(*server);
  api->server_->start();
  asio::co_spawn(home, take_frames(api), asio::detached);
  return api;
}

void RuntimeApi::close() {
  asio::post(home_, [self = shared_from_this()] {
    if (self->leaving_) return;
    self->leaving_ = true;
    self->arrived_.cancel();
    asio::co_spawn(self->home_, shut(self), asio::detached);
  });
}

base::Task<> RuntimeApi::shut(std::shared_ptr<RuntimeApi> self) {
  co_await self->last_words();
  self->closed_ = true;
  self->channel_.shut();
  if (self->extensions_) co_await self->extensions_->wait_over();  // they outlive the runtime for a moment
  co_await self->server_->drain(std::chrono::milliseconds(0));
}

// What the process sent before it ended lies in the sockets: each turn lets the thread look at them, accept, read and serve.
base::Task<> RuntimeApi::last_words() {
  for (int turn = 0; turn < kTurns; ++turn) {
    co_await asio::post(home_, asio::use_awaitable);
    if (serving_ == 0) continue;
    quiet_.expires_after(kLastWords);
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await quiet_.async_wait(token);
  }
}

// Events from the server's side, until it closes.
base::Task<> RuntimeApi::take_frames(std::shared_ptr<RuntimeApi> self) {
  for (;;) {
    const auto type = co_await self->channel_.next();
    if (!type) co_return;
    if (*type != FrameType::kInvoke)
      continue;  // a runtime behind this API cannot be told of a cancelled client
    const bool taken = co_await self->take_event();
    if (!taken) co_return;
    self->arrived_.cancel();
  }
}

base::Task<bool> RuntimeApi::take_event() {
  const auto length = co_await channel_.exactly(4);
  if (!length) co_return false;
  const std::size_t head_size = read_u32(length->data());
  std::string bytes;
  while (channel_.remaining() > 0) {
    const auto part = co_await channel_.piece();
    if (!part) co_return false;
    bytes.append(*part);
  }
  Event event;
  simdjson::dom::parser parser;
  const simdjson::dom::element head = parser.parse(bytes.data(), head_size);
  const auto text = [&head](const char* name) {
    std::string_view value;
    return head[name].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
  };
  event.id = text("id");
  event.arn = text("arn");
  event.trace = text("trace");
  event.client_context = text("clientContext");
  event.deadline_ms = std::to_string(std::int64_t(head["deadline"]));
  event.payload = bytes.substr(head_size);
  waiting_ = std::move(event);
  co_return true;
}

base::Task<bool> RuntimeApi::send(FrameType type, bool with_memory, std::string_view body) {
  std::string head;
  append_frame_header(head, type, body.size() + (with_memory ? 4 : 0));
  if (with_memory) append_u32(head, 0);  // the server reads it from /proc
  const bool sent = co_await channel_.send(head, body);
  co_return sent;
}

base::Task<> RuntimeApi::serve(std::shared_ptr<RuntimeApi> self, net::Exchange& exchange) {
  if (self && self->extensions_ && Extensions::owns(exchange.head().path)) {
    co_await Extensions::serve(self->extensions_, exchange);
    co_return;
  }
  if (!self || self->closed_) {
    co_await refuse(exchange, 500, "ServiceException", "The sandbox is gone");
    co_return;
  }
  ++self->serving_;
  co_await self->route(exchange);
  if (--self->serving_ == 0) self->quiet_.cancel();
}

base::Task<> RuntimeApi::route(net::Exchange& exchange) {
  const std::string_view path = exchange.head().path;
  const bool post = exchange.head().method == "POST";
  const std::string_view rest = path.starts_with(kPrefix) ? path.substr(kPrefix.size()) : std::string_view();
  if (!post && rest == "invocation/next") {
    co_await next(exchange);
  } else if (post && rest == "init/error") {
    co_await init_error(exchange);
  } else if (post && rest.starts_with(kInvocation) && rest.ends_with("/response")) {
    co_await response(exchange);
  } else if (post && rest.starts_with(kInvocation) && rest.ends_with("/error")) {
    co_await error(exchange);
  } else {
    co_await refuse(exchange, 404, "NotFound", "No such resource in the Runtime API");
  }
}

base::Task<> RuntimeApi::next(net::Exchange& exchange) {
  if (polling_ || stage_ == Stage::kDelivered || stage_ == Stage::kAnswering) {
    co_await refuse(exchange, 403, "InvalidStateTransition",
                    "State transition is not allowed: the last event was not answered");
    co_return;
  }
  polling_ = true;
  const bool first = !initialized_;
  initialized_ = true;
  bool good = true;
  if (std::exchange(truncated_, false)) {
    const std::string document = error_document("Runtime.TruncatedResponse", "The response was cut off");
    good = co_await send(FrameType::kStreamError, true, document);
  }
  if (first || stage_ == Stage::kAnswered)
    good = co_await send(first ? FrameType::kInitDone : FrameType::kNext, true, {});
  stage_ = Stage::kNone;
  while (good && !waiting_ && !leaving_) {
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await arrived_.async_wait(token);
  }
  polling_ = false;
  if (!good || leaving_) co_return exchange.abort();
  const Event event = std::move(*waiting_);
  waiting_.reset();
  current_ = event.id;
  stage_ = Stage::kDelivered;
  net::ResponseHead head;
  const auto add = [&head](const char* name, const std::string& value) {
    if (!value.empty()) head.headers.emplace_back(name, value);
  };
  add("Content-Type", "application/json");
  add("Lambda-Runtime-Aws-Request-Id", event.id);
  add("Lambda-Runtime-Deadline-Ms", event.deadline_ms);
  add("Lambda-Runtime-Invoked-Function-Arn", event.arn);
  add("Lambda-Runtime-Trace-Id", event.trace);
  add("Lambda-Runtime-Client-Context", event.client_context);
  const auto ignored = co_await exchange.send(std::move(head), event.payload);
  static_cast<void>(ignored);
}

// Only the event that was delivered, and only once.
base::Task<bool> RuntimeApi::may_answer(net::Exchange& exchange, std::string_view id) {
  if (id != current_) {
    co_await refuse(exchange, 400, "InvalidRequestID", "Invalid request ID");
    co_return false;
  }
  if (stage_ != Stage::kDelivered) {
    co_await refuse(exchange, 403, "InvalidStateTransition",
                    "State transition is not allowed: the event was answered already");
    co_return false;
  }
  co_return true;
}

base::Task<> RuntimeApi::response(net::Exchange& exchange) {
  const bool allowed = co_await may_answer(exchange, id_in(exchange.head().path));
  if (!allowed) co_return;
  stage_ = Stage::kAnswering;
  const auto mode = exchange.head().header("Lambda-Runtime-Function-Response-Mode");
  if (mode && net::equals_ignore_case(*mode, "streaming")) {
    co_await streamed_response(exchange);
    co_return;
  }
  const auto body = co_await exchange.read_body(kBufferedAnswerLimit);
  stage_ = Stage::kAnswered;
  if (!body) {
    const std::string message = fmt::format(
        "Response payload size exceeded maximum allowed payload size ({} bytes).", kBufferedAnswerLimit);
    const std::string document = error_document("Function.ResponseSizeTooLarge", message);
    co_await send(FrameType::kStreamError, true, document);
    if (body.error() == net::ReadError::kTooLarge)
      co_await refuse(exchange, 413, "RequestEntityTooLarge", message);
    co_return;
  }
  co_await send(FrameType::kAnswer, true, *body);
  co_await accepted(exchange);
}

base::Task<> RuntimeApi::streamed_response(net::Exchange& exchange) {
  const auto given = exchange.head().header("Content-Type");
  const std::string content_type(given ? *given : "application/octet-stream");
  bool begun = false;
  for (;;) {
    const auto part = co_await exchange.read_some();
    if (!part) {
      truncated_ = true;
      stage_ = Stage::kAnswered;
      co_return;
    }
    if (part->empty()) break;
    if (!begun) co_await send(FrameType::kStreamBegin, false, content_type);
    begun = true;
    co_await send(FrameType::kStreamData, false, *part);
  }
  std::string type;
  std::string document;
  for (const auto& [name, value] : exchange.trailers()) {
    if (net::equals_ignore_case(name, "Lambda-Runtime-Function-Error-Type")) type = value;
    if (net::equals_ignore_case(name, "Lambda-Runtime-Function-Error-Body"))
      document = base::base64_decode(value).value_or("");
  }
  if (!type.empty() || !document.empty()) {
    if (document.empty()) document = error_document(type, "");
    co_await send(FrameType::kStreamError, true, document);
  } else {
    if (!begun) co_await send(FrameType::kStreamBegin, false, content_type);
    co_await send(FrameType::kStreamEnd, true, {});
  }
  stage_ = Stage::kAnswered;
  co_await accepted(exchange);
}

base::Task<> RuntimeApi::error(net::Exchange& exchange) {
  const bool allowed = co_await may_answer(exchange, id_in(exchange.head().path));
  if (!allowed) co_return;
  stage_ = Stage::kAnswering;
  const auto body = co_await exchange.read_body(kErrorLimit);
  stage_ = Stage::kAnswered;
  const std::string document = body ? std::string(*body) : error_document("Runtime.Unknown", "");
  co_await send(FrameType::kStreamError, true, document);
  co_await accepted(exchange);
}

base::Task<> RuntimeApi::init_error(net::Exchange& exchange) {
  if (initialized_) {
    co_await refuse(exchange, 403, "InvalidStateTransition", "State transition is not allowed: init is over");
    co_return;
  }
  initialized_ = true;
  const auto body = co_await exchange.read_body(kErrorLimit);
  const std::string document =
      body && !body->empty() ? std::string(*body) : error_document("Runtime.Unknown", "");
  // First of all: once it is answered, the process may end.
  co_await send(FrameType::kInitError, false, document);
  co_await accepted(exchange);
}

}  // namespace millrace::runtime
