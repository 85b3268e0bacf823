// Subscription filters: events that match are sent on to a function. A tap of the log store matches them as they are committed; a task
// of its own packs them by filter and stream and hands them to Lambda as asynchronous invocations, which are durable and retried. What was
// committed and not yet handed over is lost by a crash: less than a hand-over takes.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
//
// Threads: any; what waits says so. What it is given must outlive it.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/doorbell.h"
#include "base/random.h"
#include "base/task.h"
#include "engines/catalog/catalog.h"
#include "engines/telemetry/log_store.h"
#include "services/logs/filter_pattern.h"
#include "wire/services.h"

namespace millrace::logs {

struct Subscription {
  telemetry::GroupKey group;
  std::string name;  // of the filter; unique in its group
  std::string pattern;
  std::string destination_arn;  // a function's
  std::string distribution = "ByLogStream";
  base::WallTime created{};
};

class Subscriptions final : public telemetry::LogTap {
 public:
  struct World {
    catalog::Catalog& catalog;
    const wire::Services& services;
    base::Clock& clock;
    base::Random& random;
  };
  static constexpr std::size_t kMostOfAGroup = 2;  // AWS's quota
  enum class Outcome { kDone, kTooMany, kStoreFailed };

  explicit Subscriptions(World world) : world_(world) {}

  // Reads what the catalog holds. Once, before anything else. False: the catalog cannot be read.
  base::Task<bool> load();
  // Makes or replaces. Its pattern parses.
  base::Task<Outcome> put(Subscription subscription);
  // False: there is none of that name, or the catalog cannot be written.
  base::Task<bool> erase(telemetry::GroupKey group, std::string name);
  std::vector<Subscription> of(const telemetry::GroupKey& group) const;  // by name

  void stored(const std::vector<telemetry::StoredEvent>& events) override;
  // Hands over until stop(). Spawn once.
  base::Task<> run();
  void stop();
  // Hands over all that waits.
  base::Task<> flush();
  std::uint64_t dropped() const { return dropped_; }

 private:
  struct Active {
    Subscription subscription;
    FilterMatcher matcher;
  };
  struct Waiting {
    Subscription to;
    telemetry::LogEvent event;
  };
  void insert(Subscription subscription);
  bool keep_matching(const telemetry::StoredEvent& stored);  // under mutex_; whether any filter wants it
  base::Task<> hand_over(const Subscription& to, std::string data);

  World world_;
  mutable std::mutex mutex_;
  std::map<telemetry::GroupKey, std::vector<Active>> active_;  // guarded by mutex_; of a group by name
  std::deque<Waiting> waiting_;                                // guarded by mutex_
  std::size_t waiting_bytes_ = 0;                              // guarded by mutex_
  base::Doorbell bell_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> dropped_{0};  // events: too many waited, or the function could not be invoked
};

}  // namespace millrace::logs
