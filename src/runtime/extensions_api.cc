// The requests that extensions make: register, next, init/error, exit/error, and subscriptions to telemetry.
#include <algorithm>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <simdjson.h>

#include "runtime/extensions.h"
#include "runtime/report.h"

namespace millrace::runtime {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kPrefix = "/2020-01-01/extension/";
constexpr std::string_view kName = "Lambda-Extension-Name";
constexpr std::string_view kIdentifier = "Lambda-Extension-Identifier";
constexpr std::size_t kMost = 10;
constexpr std::size_t kBodyLimit = 256u << 10;

base::Task<> answer(net::Exchange& exchange, int status, std::string_view body, std::string_view header = {},
                    std::string_view value = {}) {
  net::ResponseHead head;
  head.status = status;
  head.headers.emplace_back("Content-Type", "application/json");
  if (!header.empty()) head.headers.emplace_back(header, value);
  const auto ignored = co_await exchange.send(std::move(head), body);
  static_cast<void>(ignored);
}

base::Task<> forbid(net::Exchange& exchange, std::string_view type, std::string_view message) {
  const std::string document = error_document(type, message);
  co_await answer(exchange, 403, document);
}

std::optional<TelemetryApi> subscription_api(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path == "/2022-07-01/telemetry") return TelemetryApi::kTelemetry;
  if (path == "/2020-08-15/logs") return TelemetryApi::kLogs;
  return std::nullopt;
}

struct Registration {
  bool invokes = false;
  bool shutdowns = false;
  bool well_formed = true;
  std::string unknown;  // an event that there is not
};

Registration read_registration(std::string_view body) {
  Registration registration;
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (parser.parse(body.data(), body.size()).get(document) != simdjson::SUCCESS || !document.is_object()) {
    registration.well_formed = false;
    return registration;
  }
  simdjson::dom::array events;
  if (document["events"].get(events) != simdjson::SUCCESS) return registration;
  for (const simdjson::dom::element event : events) {
    std::string_view name;
    if (event.get(name) != simdjson::SUCCESS) {
      registration.well_formed = false;
    } else if (name == "INVOKE") {
      registration.invokes = true;
    } else if (name == "SHUTDOWN") {
      registration.shutdowns = true;
    } else {
      registration.unknown = name;
    }
  }
  return registration;
}

}  // namespace

bool Extensions::owns(std::string_view path) {
  return path.starts_with(kPrefix) || subscription_api(path);
}

base::Task<> Extensions::serve(std::shared_ptr<Extensions> self, net::Exchange& exchange) {
  const std::string_view path = exchange.head().path;
  const bool post = exchange.head().method == "POST";
  if (!self) {
    co_await forbid(exchange, "ServiceException", "The sandbox is gone");
  } else if (post && path == "/2020-01-01/extension/register") {
    co_await self->enroll(exchange);
  } else if (!post && path == "/2020-01-01/extension/event/next") {
    co_await self->next(exchange);
  } else if (post && path == "/2020-01-01/extension/init/error") {
    co_await self->error(exchange, true);
  } else if (post && path == "/2020-01-01/extension/exit/error") {
    co_await self->error(exchange, false);
  } else if (const auto api = subscription_api(path); api && exchange.head().method == "PUT") {
    co_await self->subscribe(exchange, *api);
  } else {
    const std::string document = error_document("NotFound", "No such resource in the Extensions API");
    co_await answer(exchange, 404, document);
  }
}

base::Task<> Extensions::enroll(net::Exchange& exchange) {
  const auto given = exchange.head().header(kName);
  const std::string name(given ? *given : "");
  const bool wants_account =
      exchange.head().header("Lambda-Extension-Accept-Feature").value_or("").find("accountId") !=
      std::string_view::npos;
  const auto body = co_await exchange.read_body(kBodyLimit);
  const Registration wanted = read_registration(body ? *body : std::string_view());
  std::string type;
  std::string message;
  std::string reply;
  std::string id;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(extensions_.begin(), extensions_.end(),
                                    [&name](const ExtensionPtr& e) { return e->name == name; });
    const bool external = found != extensions_.end() && (*found)->process != 0;
    if (name.empty()) {
      type = "Extension.InvalidExtensionName", message = "Empty extension name";
    } else if (!wanted.well_formed) {
      type = "InvalidRequestFormat", message = "The body is not a registration";
    } else if (!wanted.unknown.empty() || (wanted.shutdowns && !external)) {
      type = "Extension.InvalidEventType";
      message = (wanted.unknown.empty() ? "SHUTDOWN" : wanted.unknown) + ": event type is not supported";
    } else if (found != extensions_.end() && !(*found)->id.empty()) {
      type = "Extension.InvalidExtensionState", message = "Extension with this name already registered";
    } else if (!external && closed_to_new_) {
      type = "Extension.RegistrationClosed", message = "Extension registration closed already";
    } else if (!external && extensions_.size() >= kMost) {
      type = "Extension.TooManyExtensions", message = fmt::format("Extension limit ({}) reached", kMost);
    } else {
      ExtensionPtr extension = external ? *found : std::make_shared<Extension>();
      if (!external) extensions_.push_back(extension);
      extension->name = name;
      extension->id = id = base::make_uuid(*world_.random);
      extension->invokes = wanted.invokes;
      extension->shutdowns = wanted.shutdowns;
      reply = fmt::format(R"({{"functionName":{},"functionVersion":{},"handler":{})",
                          json_string(function_->name), json_string(function_->version),
                          json_string(function_->handler));
      if (wants_account) reply += R"(,"accountId":)" + json_string(function_->account);
      reply += '}';
      notify_locked();
    }
  }
  if (!type.empty()) {
    co_await forbid(exchange, type, message);
    co_return;
  }
  co_await answer(exchange, 200, reply, kIdentifier, id);
}

Extensions::ExtensionPtr Extensions::caller_locked(net::Exchange& exchange) {
  const auto id = exchange.head().header(kIdentifier);
  if (!id || id->empty()) return nullptr;
  const auto found = std::find_if(extensions_.begin(), extensions_.end(),
                                  [&id](const ExtensionPtr& e) { return e->id == *id; });
  return found == extensions_.end() ? nullptr : *found;
}

base::Task<> Extensions::next(net::Exchange& exchange) {
  ExtensionPtr caller;
  bool allowed = false;
  {
    const std::lock_guard lock(mutex_);
    caller = caller_locked(exchange);
    allowed = caller && !caller->waiting;
    if (allowed) caller->waiting = true;
    notify_locked();
  }
  if (!allowed) {
    co_await forbid(exchange,
                    caller ? "Extension.InvalidExtensionState" : "Extension.UnknownExtensionIdentifier",
                    caller ? "The extension waits for its next event already" : "Unknown extension");
    co_return;
  }
  const std::optional<std::string> event = co_await next_event(caller);
  if (!event) co_return exchange.abort();
  const std::string id = base::make_uuid(*world_.random);
  co_await answer(exchange, 200, *event, "Lambda-Extension-Event-Identifier", id);
}

// nullopt: there will be none.
base::Task<std::optional<std::string>> Extensions::next_event(ExtensionPtr caller) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  for (;;) {
    std::shared_ptr<asio::steady_timer> timer;
    {
      const std::lock_guard lock(mutex_);
      if (!caller->events.empty()) {
        std::string event = std::move(caller->events.front());
        caller->events.pop_front();
        caller->waiting = false;
        co_return event;
      }
      if (over_) co_return std::nullopt;
      timer = waiter_locked(executor);
    }
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await timer->async_wait(token);
  }
}

base::Task<> Extensions::error(net::Exchange& exchange, bool init) {
  const auto given = exchange.head().header("Lambda-Extension-Function-Error-Type");
  const std::string type(given ? *given : "Extension.UnknownReason");
  const auto body = co_await exchange.read_body(kBodyLimit);
  bool known = false;
  {
    const std::lock_guard lock(mutex_);
    if (const ExtensionPtr caller = caller_locked(exchange)) {
      known = true;
      fail_locked(type, fmt::format("Error: the extension {} failed {}: {}", caller->name,
                                    init ? "to initialize" : "and exits", body ? *body : std::string_view()));
    }
  }
  if (!known) {
    co_await forbid(exchange, "Extension.UnknownExtensionIdentifier", "Unknown extension");
    co_return;
  }
  co_await answer(exchange, 202, R"({"status":"OK"})");
}

base::Task<> Extensions::subscribe(net::Exchange& exchange, TelemetryApi api) {
  const std::string prefix = api == TelemetryApi::kLogs ? "Logs." : "Telemetry.";
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    if (const ExtensionPtr caller = caller_locked(exchange)) name = caller->name;
  }
  if (name.empty()) {
    co_await forbid(exchange, "Extension.UnknownExtensionIdentifier", "Unknown extension");
    co_return;
  }
  if (!telemetry_) {  // as AWS's own emulator answers: extensions go on without
    const std::string document =
        error_document(prefix + "NotSupported", "Sandboxes have no addresses of their own here");
    co_await answer(exchange, 202, document);
    co_return;
  }
  const auto body = co_await exchange.read_body(kBodyLimit);
  const auto wish = read_telemetry_wish(api, body ? *body : std::string_view());
  if (!wish) {
    const std::string type = api == TelemetryApi::kLogs ? "Logs.ValidationError" : "ValidationError";
    const std::string document = error_document(type, wish.error());
    co_await answer(exchange, 400, document);
    co_return;
  }
  const auto refusal = telemetry_->subscribe(name, *wish);
  if (refusal) {
    const bool closed = *refusal == Telemetry::Refusal::kClosed;
    co_await forbid(exchange, prefix + (closed ? "SubscriptionClosed" : "AlreadySubscribed"),
                    closed ? "Subscriptions are taken while the sandbox is initialized"
                           : "The extension is subscribed by the other API");
    co_return;
  }
  world_.logs->emit(
      fmt::format("TELEMETRY\tName: {}\tState: Subscribed\tTypes: [{}]", name, telemetry_types_text(*wish)));
  telemetry_->platform("platform.telemetrySubscription",
                       fmt::format(R"({{"name":{},"state":"Subscribed","types":{}}})", json_string(name),
                                   telemetry_types_json(*wish)));
  co_await answer(exchange, 200, R"("OK")");
}

}  // namespace millrace::runtime
