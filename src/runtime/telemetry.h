// Telemetry: the Telemetry API (and the older Logs API) of one sandbox. Extensions subscribe while it is initialised; what the platform
// has to say and what function and extensions print is buffered for each, and delivered to where it listens inside the sandbox. A
// subscriber that falls behind loses events and is told how many; nobody else waits for it. Any thread; lives until close() was followed
// by the end of its deliveries.
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/task.h"
#include "net/client.h"
#include "runtime/telemetry_subscription.h"

namespace millrace::runtime {

class Telemetry : public std::enable_shared_from_this<Telemetry> {
 public:
  // `home` is run by one thread. `address`: sandbox.localdomain of this sandbox.
  Telemetry(boost::asio::io_context& home, base::Clock& clock, std::string address);

  // Somebody wants to know, or may still subscribe: whoever has an event asks first.
  bool wanted() const { return wanted_.load(std::memory_order_relaxed); }
  void platform(std::string_view type, std::string record);
  void platform_at(base::WallTime time, std::string_view type, std::string record);
  void line(TelemetryKind kind, base::WallTime time, std::string_view text, bool structured);

  // A second subscription by the same API replaces the first. What came before is still delivered.
  enum class Refusal { kClosed, kOtherApi };
  std::optional<Refusal> subscribe(const std::string& extension, TelemetryWish wish);
  void close_subscriptions();
  // From now on nothing is held back.
  void hurry();
  // Deliveries end, wherever they are.
  void close();

 private:
  using Timer = boost::asio::steady_timer;
  struct Subscription {
    Subscription(boost::asio::io_context& home, std::string name, TelemetryWish wanted)
        : extension(std::move(name)), wish(std::move(wanted)), wake(home) {}
    const std::string extension;
    const TelemetryWish wish;
    std::deque<std::string> events;  // encoded
    std::size_t bytes = 0;           // of them
    base::SteadyTime first{};        // when the oldest came
    std::uint64_t dropped_records = 0;
    std::uint64_t dropped_bytes = 0;
    bool replaced = false;
    // On the home thread only.
    Timer wake;
    std::optional<net::Client> client;
  };
  using SubscriptionPtr = std::shared_ptr<Subscription>;

  void publish(TelemetryEvent event);
  void add_locked(Subscription& subscription, const TelemetryEvent& event);
  bool due_locked(const Subscription& subscription, base::SteadyTime now) const;
  void wake(const SubscriptionPtr& subscription);
  static base::Task<> deliver_all(std::shared_ptr<Telemetry> self, SubscriptionPtr subscription);
  // The next batch, ready to be sent; empty: none is due. Ends with `over` set when there will be none.
  std::string take_batch(Subscription& subscription, bool& over);
  base::Task<bool> send(Subscription& subscription, const std::string& batch);
  base::Task<> wait_due(Subscription& subscription);
  base::Task<> pause(Subscription& subscription, std::chrono::nanoseconds most);

  boost::asio::io_context& home_;
  base::Clock& clock_;
  const std::string address_;
  std::atomic<bool> wanted_{true};
  std::mutex mutex_;  // everything below, and the first half of each subscription
  std::vector<SubscriptionPtr> subscriptions_;
  std::deque<TelemetryEvent> early_;  // until subscriptions are closed
  std::size_t early_bytes_ = 0;
  bool subscriptions_closed_ = false;
  bool hurry_ = false;
  bool closed_ = false;
};

}  // namespace millrace::runtime
