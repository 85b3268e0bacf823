#include "runtime/telemetry.h"

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "runtime/report.h"

namespace millrace::runtime {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kEarlyBytes = 1u << 20;
constexpr auto kFirstPause = std::chrono::milliseconds(20);
constexpr auto kLongestPause = std::chrono::seconds(1);
constexpr std::string_view kBehind =
    "Consumer seems to have fallen behind as it has not acknowledged receipt of logs.";

}  // namespace

Telemetry::Telemetry(asio::io_context& home, base::Clock& clock, std::string address)
    : home_(home), clock_(clock), address_(std::move(address)) {}

void Telemetry::platform(std::string_view type, std::string record) {
  platform_at(clock_.now(), type, std::move(record));
}

void Telemetry::platform_at(base::WallTime time, std::string_view type, std::string record) {
  TelemetryEvent event;
  event.time = time;
  event.type = type;
  event.record = std::move(record);
  publish(std::move(event));
}

void Telemetry::line(TelemetryKind kind, base::WallTime time, std::string_view text, bool structured) {
  TelemetryEvent event;
  event.kind = kind;
  event.time = time;
  event.type = kind == TelemetryKind::kFunction ? "function" : "extension";
  event.record = text;
  event.structured = structured;
  publish(std::move(event));
}

void Telemetry::publish(TelemetryEvent event) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  for (const SubscriptionPtr& subscription : subscriptions_)
    add_locked(*subscription, event);
  if (subscriptions_closed_ || early_bytes_ + event.record.size() > kEarlyBytes) return;
  early_bytes_ += event.record.size();
  early_.push_back(std::move(event));
}

void Telemetry::add_locked(Subscription& subscription, const TelemetryEvent& event) {
  const TelemetryWish& wish = subscription.wish;
  if (!wish.wants(event.kind)) return;
  std::string text = encode_telemetry(wish, event);
  if (text.empty()) return;
  // Twice what makes a batch: one is on its way, one is collected.
  if (subscription.events.size() >= 2 * wish.max_items ||
      (!subscription.events.empty() && subscription.bytes + text.size() > 2 * wish.max_bytes)) {
    ++subscription.dropped_records;
    subscription.dropped_bytes += text.size();
    return;
  }
  const bool was_due = due_locked(subscription, subscription.first);
  const bool was_empty = subscription.events.empty();
  if (was_empty) subscription.first = clock_.steady_now();
  subscription.bytes += text.size();
  subscription.events.push_back(std::move(text));
  if (was_empty || (!was_due && due_locked(subscription, subscription.first))) {
    for (const SubscriptionPtr& one : subscriptions_) {
      if (one.get() == &subscription) wake(one);
    }
  }
}

bool Telemetry::due_locked(const Subscription& subscription, base::SteadyTime now) const {
  if (subscription.events.empty()) return false;
  const TelemetryWish& wish = subscription.wish;
  return hurry_ || subscription.events.size() >= wish.max_items || subscription.bytes >= wish.max_bytes ||
         now >= subscription.first + wish.timeout;
}

// The state it wakes for is written already: who looks at it before its wait begins sees it, who waits is woken.
void Telemetry::wake(const SubscriptionPtr& subscription) {
  asio::post(home_, [subscription] { subscription->wake.cancel(); });
}

std::optional<Telemetry::Refusal> Telemetry::subscribe(const std::string& extension, TelemetryWish wish) {
  SubscriptionPtr subscription;
  {
    const std::lock_guard lock(mutex_);
    if (subscriptions_closed_ || closed_) return Refusal::kClosed;
    const auto same = std::find_if(subscriptions_.begin(), subscriptions_.end(),
                                   [&](const SubscriptionPtr& s) { return s->extension == extension; });
    if (same != subscriptions_.end()) {
      if ((*same)->wish.api != wish.api) return Refusal::kOtherApi;
      (*same)->replaced = true;
      wake(*same);
      subscriptions_.erase(same);
    }
    subscription = std::make_shared<Subscription>(home_, extension, std::move(wish));
    subscriptions_.push_back(subscription);
    for (const TelemetryEvent& event : early_)
      add_locked(*subscription, event);
  }
  asio::co_spawn(home_, deliver_all(shared_from_this(), subscription), asio::detached);
  return std::nullopt;
}

void Telemetry::close_subscriptions() {
  const std::lock_guard lock(mutex_);
  subscriptions_closed_ = true;
  early_.clear();
  wanted_ = !subscriptions_.empty();
}

void Telemetry::hurry() {
  const std::lock_guard lock(mutex_);
  hurry_ = true;
  for (const SubscriptionPtr& subscription : subscriptions_)
    wake(subscription);
}

void Telemetry::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  wanted_ = false;
  for (const SubscriptionPtr& subscription : subscriptions_) {
    asio::post(home_, [subscription] {
      subscription->wake.cancel();
      if (subscription->client) subscription->client->close();
    });
  }
}

std::string Telemetry::take_batch(Subscription& subscription, bool& over) {
  const std::lock_guard lock(mutex_);
  over = closed_ || subscription.replaced;
  if (over || !due_locked(subscription, clock_.steady_now())) return {};
  const bool tcp = subscription.wish.tcp;
  std::string batch;
  const auto add = [&batch, tcp](std::string_view event) {
    if (!tcp) batch += batch.empty() ? '[' : ',';
    batch += event;
    if (tcp) batch += '\n';
  };
  if (subscription.dropped_records > 0) {
    TelemetryEvent event;
    event.time = clock_.now();
    event.type = "platform.logsDropped";
    event.record = fmt::format(R"({{"droppedBytes":{},"droppedRecords":{},"reason":"{}"}})",
                               subscription.dropped_bytes, subscription.dropped_records, kBehind);
    add(encode_telemetry(subscription.wish, event));
    subscription.dropped_records = subscription.dropped_bytes = 0;
  }
  std::size_t taken = 0;
  for (std::size_t i = 0; i < subscription.wish.max_items && !subscription.events.empty(); ++i) {
    const std::string& next = subscription.events.front();
    if (taken > 0 && taken + next.size() > subscription.wish.max_bytes) break;
    taken += next.size();
    add(next);
    subscription.events.pop_front();
  }
  subscription.bytes -= taken;
  if (!tcp) batch += ']';
  return batch;
}

// One at a time, again and again until the subscriber has taken it.
base::Task<> Telemetry::deliver_all(std::shared_ptr<Telemetry> self, SubscriptionPtr subscription) {
  for (;;) {
    bool over = false;
    const std::string batch = self->take_batch(*subscription, over);
    if (over) co_return;
    if (batch.empty()) {
      co_await self->wait_due(*subscription);
      continue;
    }
    std::chrono::nanoseconds wait = kFirstPause;
    for (;;) {
      const bool sent = co_await self->send(*subscription, batch);
      if (sent) break;
      {
        const std::lock_guard lock(self->mutex_);
        if (self->closed_ || subscription->replaced) co_return;
      }
      co_await self->pause(*subscription, wait);
      wait = std::min<std::chrono::nanoseconds>(2 * wait, kLongestPause);
    }
  }
}

// An empty buffer is waited for without end; one that fills, until its time has come.
base::Task<> Telemetry::wait_due(Subscription& subscription) {
  {
    const std::lock_guard lock(mutex_);
    const base::SteadyTime now = clock_.steady_now();
    if (closed_ || subscription.replaced || due_locked(subscription, now)) co_return;
    if (subscription.events.empty()) {
      subscription.wake.expires_at(Timer::time_point::max());
    } else {
      subscription.wake.expires_after(subscription.first + subscription.wish.timeout - now);
    }
  }
  boost::system::error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await subscription.wake.async_wait(token);
}

base::Task<> Telemetry::pause(Subscription& subscription, std::chrono::nanoseconds most) {
  subscription.wake.expires_after(most);
  boost::system::error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await subscription.wake.async_wait(token);
}

base::Task<bool> Telemetry::send(Subscription& subscription, const std::string& batch) {
  if (!subscription.client) {
    auto client = co_await net::Client::connect(home_, address_, subscription.wish.port);
    if (!client) co_return false;
    subscription.client = std::move(*client);
  }
  bool taken = false;
  if (subscription.wish.tcp) {
    const auto written = co_await subscription.client->write(batch);
    taken = written.has_value();
  } else {
    net::ClientRequest request;
    request.method = subscription.wish.method;
    request.target = subscription.wish.path;
    request.headers = {{"Host", fmt::format("sandbox.localdomain:{}", subscription.wish.port)},
                       {"Content-Type", "application/json"}};
    request.body = batch;
    const auto answer = co_await subscription.client->request(std::move(request));
    taken = answer && answer->status / 100 == 2;
  }
  if (!taken) subscription.client.reset();
  co_return taken;
}

}  // namespace millrace::runtime
