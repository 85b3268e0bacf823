#include "runtime/extensions.h"

#include <algorithm>
#include <filesystem>
#include <signal.h>
#include <unistd.h>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <simdjson.h>

#include "runtime/report.h"

namespace millrace::runtime {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "/2020-01-01/extension/";
constexpr std::string_view kName = "Lambda-Extension-Name";
constexpr std::string_view kIdentifier = "Lambda-Extension-Identifier";
constexpr std::size_t kMost = 10;
constexpr std::size_t kBodyLimit = 256u << 10;
constexpr auto kGrace = std::chrono::seconds(2);  // as on AWS
constexpr auto kRuntimeGrace = std::chrono::milliseconds(500);

net::ServerLimits patient_limits() {
  net::ServerLimits limits;
  limits.connections = 64;
  limits.body_timeout = limits.idle_timeout = limits.write_timeout = std::chrono::hours(24);
  return limits;
}

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

std::string events_text(bool invokes, bool shutdowns) {
  std::string text;
  if (invokes) text += "INVOKE";
  if (shutdowns) text += invokes ? ", SHUTDOWN" : "SHUTDOWN";
  return text;
}

std::string events_json(bool invokes, bool shutdowns) {
  std::string text;
  if (invokes) text += R"("INVOKE")";
  if (shutdowns) text += invokes ? R"(,"SHUTDOWN")" : R"("SHUTDOWN")";
  return text;
}

}  // namespace

std::vector<std::string> extension_programs(const std::string& opt) {
  std::vector<std::string> names;
  if (opt.empty()) return names;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(opt + "/extensions", error)) {
    if (entry.is_regular_file(error) && ::access(entry.path().c_str(), X_OK) == 0)
      names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Extensions::Extensions(ExtensionsWorld world)
    : world_(std::move(world)),
      telemetry_(world_.address.empty()
                     ? nullptr
                     : std::make_shared<Telemetry>(*world_.home, *world_.clock, world_.address)) {
  world_.logs->observe(telemetry_);
}

void Extensions::assign(FunctionPtr function) {
  const std::lock_guard lock(mutex_);
  function_ = std::move(function);
}

base::Result<std::string, std::string> Extensions::listen() {
  auto handler = [weak = weak_from_this()](net::Exchange& exchange) { return serve(weak.lock(), exchange); };
  auto server =
      net::listen_http({world_.home}, "127.0.0.1", 0, std::move(handler), patient_limits(), *world_.metrics);
  if (!server) return base::fail(server.error().message);
  const std::lock_guard lock(mutex_);
  server_ = std::move(*server);
  server_->start();
  return fmt::format("127.0.0.1:{}", server_->port());
}

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

void Extensions::expect(std::string name, std::uint64_t process) {
  const std::lock_guard lock(mutex_);
  auto extension = std::make_shared<Extension>();
  extension->name = std::move(name);
  extension->process = process;
  extensions_.push_back(std::move(extension));
}

void Extensions::ended(std::uint64_t process, std::string_view how) {
  const std::lock_guard lock(mutex_);
  for (const ExtensionPtr& extension : extensions_) {
    if (extension->process != process) continue;
    extension->ended = true;
    if (!shutting_down_)
      fail_locked("Extension.Crash", fmt::format("Error: the extension {} ended: {}", extension->name,
                                                 how.empty() ? "exit status 0" : how));
  }
  end_if_alone_locked();
  notify_locked();
}

void Extensions::fail_locked(std::string type, std::string message) {
  if (!failure_) failure_ = Failure{std::move(type), std::move(message)};
  world_.spawner->signal(world_.sandbox, SIGKILL);  // all or none
  notify_locked();
}

bool Extensions::registered_locked() const {
  return std::none_of(extensions_.begin(), extensions_.end(),
                      [](const ExtensionPtr& e) { return e->id.empty(); });
}

bool Extensions::ready_locked() const {
  return std::all_of(extensions_.begin(), extensions_.end(),
                     [](const ExtensionPtr& e) { return e->waiting && e->events.empty(); });
}

// Cancelled by whoever changes something; the wait must begin before its thread does anything else.
std::shared_ptr<asio::steady_timer> Extensions::waiter_locked(const asio::any_io_executor& executor) {
  auto timer = std::make_shared<asio::steady_timer>(executor);
  timer->expires_at(asio::steady_timer::time_point::max());
  waiters_.push_back({executor, timer});
  return timer;
}

base::Task<bool> Extensions::wait_for(Condition condition) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  for (;;) {
    std::shared_ptr<asio::steady_timer> timer;
    {
      const std::lock_guard lock(mutex_);
      if ((this->*condition)()) co_return true;
      if (failure_ || shutting_down_) co_return false;
      timer = waiter_locked(executor);
    }
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await timer->async_wait(token);
  }
}

base::Task<bool> Extensions::wait_registered() {
  const bool all = co_await wait_for(&Extensions::registered_locked);
  co_return all;
}

base::Task<bool> Extensions::wait_ready() {
  const bool all = co_await wait_for(&Extensions::ready_locked);
  co_return all;
}

base::Task<> Extensions::wait_over() {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  for (;;) {
    std::shared_ptr<asio::steady_timer> timer;
    {
      const std::lock_guard lock(mutex_);
      if (over_) co_return;
      timer = waiter_locked(executor);
    }
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await timer->async_wait(token);
  }
}

void Extensions::notify_locked() {
  for (Waiter& waiter : waiters_)
    asio::post(waiter.executor, [timer = waiter.timer] { timer->cancel(); });
  waiters_.clear();
}

void Extensions::close_registration() {
  const std::lock_guard lock(mutex_);
  closed_to_new_ = true;
  for (const ExtensionPtr& extension : extensions_) {
    world_.logs->emit(fmt::format("EXTENSION\tName: {}\tState: Ready\tEvents: [{}]", extension->name,
                                  events_text(extension->invokes, extension->shutdowns)));
    if (!telemetry_) continue;
    telemetry_->platform(
        "platform.extension",
        fmt::format(R"({{"name":{},"state":"Ready","events":[{}]}})", json_string(extension->name),
                    events_json(extension->invokes, extension->shutdowns)));
  }
  if (telemetry_) telemetry_->close_subscriptions();
}

void Extensions::invoke(const std::string& request_id, const std::string& arn, const std::string& trace,
                        std::int64_t deadline_ms) {
  const std::string event = fmt::format(
      R"({{"eventType":"INVOKE","deadlineMs":{},"requestId":{},"invokedFunctionArn":{},"tracing":{{"type":"X-Amzn-Trace-Id","value":{}}}}})",
      deadline_ms, json_string(request_id), json_string(arn), json_string(trace));
  const std::lock_guard lock(mutex_);
  for (const ExtensionPtr& extension : extensions_) {
    if (extension->invokes) extension->events.push_back(event);
  }
  notify_locked();
}

void Extensions::stop_runtime() {
  world_.spawner->signal(world_.sandbox, SIGTERM);
  asio::post(*world_.home, [self = shared_from_this()] {
    auto timer = std::make_shared<asio::steady_timer>(*self->world_.home, kRuntimeGrace);
    timer->async_wait([self, timer](const boost::system::error_code&) {
      self->world_.spawner->signal(self->world_.sandbox, SIGKILL);
    });
  });
}

void Extensions::shut_down(std::string_view reason) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(shutting_down_, true)) return;
  if (telemetry_) telemetry_->hurry();
  const std::int64_t deadline =
      base::unix_millis(world_.clock->now()) + std::chrono::milliseconds(kGrace).count();
  const std::string event =
      fmt::format(R"({{"eventType":"SHUTDOWN","shutdownReason":"{}","deadlineMs":{}}})", reason, deadline);
  for (const ExtensionPtr& extension : extensions_) {
    if (extension->process == 0 || extension->ended) continue;
    if (extension->shutdowns) {
      extension->events.push_back(event);
    } else {
      world_.spawner->signal(extension->process, SIGKILL);
    }
  }
  end_if_alone_locked();
  notify_locked();
  if (over_) return;
  asio::post(*world_.home, [self = shared_from_this()] {
    const std::lock_guard again(self->mutex_);
    if (self->over_) return;
    self->grace_ = std::make_shared<asio::steady_timer>(*self->world_.home, kGrace);
    self->grace_->async_wait([self](const boost::system::error_code& error) {
      if (error) return;
      const std::lock_guard late(self->mutex_);
      self->kill_all_locked();
    });
  });
}

void Extensions::kill_all_locked() {
  for (const ExtensionPtr& extension : extensions_) {
    if (extension->process != 0 && !extension->ended) world_.spawner->signal(extension->process, SIGKILL);
  }
}

void Extensions::end_if_alone_locked() {
  const auto alive = [](const ExtensionPtr& e) { return e->process != 0 && !e->ended; };
  if (!shutting_down_ || over_ || std::any_of(extensions_.begin(), extensions_.end(), alive)) return;
  over_ = true;
  asio::co_spawn(*world_.home, drain(shared_from_this()), asio::detached);
}

base::Task<> Extensions::drain(std::shared_ptr<Extensions> self) {
  self->world_.logs->close();
  if (self->telemetry_) self->telemetry_->close();
  if (self->grace_) self->grace_->cancel();
  if (self->server_) co_await self->server_->drain(std::chrono::milliseconds(0));
}

bool Extensions::any() const {
  const std::lock_guard lock(mutex_);
  return !extensions_.empty();
}

std::optional<Extensions::Failure> Extensions::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace millrace::runtime
