// All metric alarms: kept in the catalog, looked at beside requests, and what follows from a change of state.
//
// An alarm is evaluated over periods that are over, as often as its period allows (every second to every ten). A change is written, then
// its actions are asked for: functions, as asynchronous invocations, which are durable. Other actions are kept and not carried out; the
// history says so. Threads: any; run() once. What it is given must outlive it.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "engines/catalog/catalog.h"
#include "services/cloudwatch/alarm.h"
#include "wire/services.h"

namespace millrace::cloudwatch {

struct CloudWatch;

class Alarms {
 public:
  struct World {
    catalog::Catalog& catalog;
    const wire::Services& services;
    base::Clock& clock;
    base::Random& random;
  };
  using Ptr = std::shared_ptr<const Alarm>;
  static constexpr std::size_t kMost = 5000;  // of an account in a region
  enum class Outcome { kDone, kAbsent, kTooMany, kStoreFailed };

  explicit Alarms(World world) : world_(world) {}

  // Reads what the catalog holds. Once, before anything else. False: the catalog cannot be read.
  base::Task<bool> load();
  Ptr find(const std::string& account, const std::string& region, const std::string& name) const;
  std::vector<Ptr> list(const std::string& account, const std::string& region) const;  // by name
  base::Task<Outcome> put(Alarm alarm);
  base::Task<Outcome> erase(std::string account, std::string region, std::string name);

  // Gives an alarm a state, notes it, and asks for the actions of a change.
  base::Task<Outcome> set_state(Ptr alarm, AlarmDecision decision);

  // Evaluates until stop(). Spawn once. `service` must outlive it.
  base::Task<> run(CloudWatch& service);
  void stop() { stopping_ = true; }
  // One look at every alarm whose time has come.
  base::Task<> evaluate_due(CloudWatch& service);

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  // account, region, name
  struct Known {
    Ptr alarm;
    base::SteadyTime next{};
  };
  base::Task<> evaluate(CloudWatch& service, Ptr alarm);
  // What became of each, as history.
  base::Task<std::vector<AlarmHistory>> act(const Alarm& before, const Alarm& after);
  base::Task<std::string> invoke(const Alarm& alarm, std::string function_arn, std::string event);

  World world_;
  mutable std::mutex mutex_;
  std::map<Key, Known> known_;  // guarded by mutex_
  std::atomic<bool> stopping_{false};
};

}  // namespace millrace::cloudwatch
