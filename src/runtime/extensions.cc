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

#include "runtime/report.h"

namespace millrace::runtime {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr auto kGrace = std::chrono::seconds(2);  // as on AWS
constexpr auto kRuntimeGrace = std::chrono::milliseconds(500);

net::ServerLimits patient_limits() {
  net::ServerLimits limits;
  limits.connections = 64;
  limits.body_timeout = limits.idle_timeout = limits.write_timeout = std::chrono::hours(24);
  return limits;
}

// "INVOKE, SHUTDOWN"; for JSON with quotes.
std::string events_text(bool invokes, bool shutdowns, std::string_view quote = "") {
  std::string text;
  if (invokes) text = fmt::format("{0}INVOKE{0}", quote);
  if (shutdowns) text += fmt::format("{0}{1}SHUTDOWN{1}", invokes ? ", " : "", quote);
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
                    events_text(extension->invokes, extension->shutdowns, "\"")));
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
