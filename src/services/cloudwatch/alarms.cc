#include "services/cloudwatch/alarms.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/log.h"
#include "base/text.h"
#include "services/cloudwatch/query_data.h"
#include "wire/json_writer.h"

namespace millrace::cloudwatch {
namespace {

constexpr std::string_view kKind = "cloudwatch.alarm";

// Of no account: all are read at start. An account and a region have no slash.
catalog::ResourceKey key_of(const std::string& account, const std::string& region, const std::string& name) {
  return {std::string(kKind), "", "", account + "/" + region + "/" + name};
}

std::string state_json(const MetricAlarm& what) {
  std::string out = "{\"stateValue\":";
  wire::append_json_string(out, *what.state_value);
  out += ",\"stateReason\":";
  wire::append_json_string(out, *what.state_reason);
  if (what.state_reason_data) out += ",\"stateReasonData\":" + *what.state_reason_data;
  return out + "}";
}

// "arn:aws:lambda:region:account:function:name[:qualifier]"
bool is_function(std::string_view arn) {
  const auto parts = base::split(arn, ':');
  return parts.size() >= 7 && parts[0] == "arn" && parts[2] == "lambda" && parts[5] == "function";
}

}  // namespace

base::Task<bool> Alarms::load() {
  catalog::ListRequest request;
  request.kind = kKind;
  request.limit = std::size_t{1} << 20;
  auto page = co_await world_.catalog.list(std::move(request));
  if (!page) co_return false;
  std::lock_guard lock(mutex_);
  for (const catalog::Resource& resource : page->resources) {
    auto alarm = decode_alarm(resource.document);
    if (!alarm) continue;  // of a later version
    Key key{alarm->account, alarm->region, alarm->name()};
    known_[std::move(key)].alarm = std::make_shared<const Alarm>(std::move(*alarm));
  }
  co_return true;
}

Alarms::Ptr Alarms::find(const std::string& account, const std::string& region,
                         const std::string& name) const {
  std::lock_guard lock(mutex_);
  const auto at = known_.find(Key{account, region, name});
  return at == known_.end() ? nullptr : at->second.alarm;
}

std::vector<Alarms::Ptr> Alarms::list(const std::string& account, const std::string& region) const {
  std::vector<Ptr> out;
  std::lock_guard lock(mutex_);
  for (auto at = known_.lower_bound(Key{account, region, ""}); at != known_.end(); ++at) {
    if (std::get<0>(at->first) != account || std::get<1>(at->first) != region) break;
    out.push_back(at->second.alarm);
  }
  return out;
}

base::Task<Alarms::Outcome> Alarms::put(Alarm alarm) {
  const std::vector<Ptr> others = list(alarm.account, alarm.region);
  const bool replaces = find(alarm.account, alarm.region, alarm.name()) != nullptr;
  if (!replaces && others.size() >= kMost) co_return Outcome::kTooMany;
  std::string document = encode_alarm(alarm);
  auto written =
      co_await world_.catalog.put(key_of(alarm.account, alarm.region, alarm.name()), std::move(document));
  if (!written) co_return Outcome::kStoreFailed;
  std::lock_guard lock(mutex_);
  Known& known = known_[Key{alarm.account, alarm.region, alarm.name()}];
  known.alarm = std::make_shared<const Alarm>(std::move(alarm));
  known.next = {};
  co_return Outcome::kDone;
}

base::Task<Alarms::Outcome> Alarms::erase(std::string account, std::string region, std::string name) {
  if (find(account, region, name) == nullptr) co_return Outcome::kAbsent;
  auto erased = co_await world_.catalog.erase(key_of(account, region, name), {});
  if (!erased) co_return Outcome::kStoreFailed;
  std::lock_guard lock(mutex_);
  known_.erase(Key{account, region, name});
  co_return Outcome::kDone;
}

base::Task<Alarms::Outcome> Alarms::set_state(Ptr before, AlarmDecision decision) {
  const base::WallTime now = world_.clock.now();
  const bool changed = *before->what.state_value != decision.state;
  Alarm after = *before;
  after.what.state_value = std::move(decision.state);
  after.what.state_reason = std::move(decision.reason);
  after.what.state_reason_data.reset();
  if (!decision.reason_data.empty()) after.what.state_reason_data = std::move(decision.reason_data);
  after.what.state_updated_timestamp = now;
  if (changed) {
    after.what.state_transitioned_timestamp = now;
    after.note(now, "StateUpdate",
               fmt::format("Alarm updated from {} to {}", *before->what.state_value, *after.what.state_value),
               fmt::format(R"({{"version":"1.0","oldState":{},"newState":{}}})", state_json(before->what),
                           state_json(after.what)));
  }
  Outcome outcome = co_await put(after);
  if (outcome != Outcome::kDone || !changed || !after.what.actions_enabled.value_or(true)) co_return outcome;
  std::vector<AlarmHistory> acted = co_await act(*before, after);
  if (acted.empty()) co_return outcome;
  // What was put or deleted meanwhile stays so.
  const Ptr newest = find(after.account, after.region, after.name());
  if (newest == nullptr) co_return outcome;
  Alarm noted = *newest;
  for (AlarmHistory& item : acted)
    noted.note(item.time, std::move(item.type), std::move(item.summary), std::move(item.data));
  co_return co_await put(std::move(noted));
}

base::Task<std::vector<AlarmHistory>> Alarms::act(const Alarm& before, const Alarm& after) {
  std::vector<AlarmHistory> out;
  const auto& actions = *after.what.state_value == "ALARM" ? after.what.alarm_actions
                        : *after.what.state_value == "OK"  ? after.what.ok_actions
                                                           : after.what.insufficient_data_actions;
  if (!actions) co_return out;
  for (const std::string& action : *actions) {
    std::string summary = "Successfully executed action " + action;
    if (!is_function(action)) {
      summary = "Failed to execute action " + action + ": Millrace carries out no such actions";
    } else {
      std::string event = lambda_event(before, after, world_.clock.now());
      std::string problem = co_await invoke(after, action, std::move(event));
      if (!problem.empty()) summary = "Failed to execute action " + action + ": " + problem;
    }
    out.push_back({world_.clock.now(), "Action", std::move(summary), "{}"});
  }
  co_return out;
}

// Empty: it was accepted.
base::Task<std::string> Alarms::invoke(const Alarm& alarm, std::string function_arn, std::string event) {
  std::string input = "{\"InvocationType\":\"Event\",\"FunctionName\":";
  wire::append_json_string(input, function_arn);
  input += ",\"Payload\":\"" + base::base64_encode(event) + "\"}";
  wire::LocalCall call{"lambda", "Invoke", input, {}, base::make_uuid(world_.random)};
  call.principal.account = alarm.account;
  call.principal.region = alarm.region;
  call.principal.service = "lambda.alarms.cloudwatch";
  auto accepted = co_await world_.services.call(std::move(call), world_.clock.now());
  if (accepted) co_return "";
  base::log(base::LogLevel::kWarning, "cloudwatch: alarm {} could not invoke {}: {}", alarm.name(),
            function_arn, accepted.error().message);
  co_return accepted.error().message;
}

base::Task<> Alarms::run(CloudWatch& service) {
  while (!stopping_) {
    co_await evaluate_due(service);
    if (!stopping_) co_await world_.clock.sleep_for(std::chrono::seconds(1));
  }
}

base::Task<> Alarms::evaluate_due(CloudWatch& service) {
  std::vector<Ptr> due;
  const base::SteadyTime now = world_.clock.steady_now();
  {
    std::lock_guard lock(mutex_);
    for (auto& [key, known] : known_) {
      if (known.next > now) continue;
      known.next = now + std::chrono::seconds(std::clamp<std::int64_t>(period_of(*known.alarm) / 6, 1, 10));
      due.push_back(known.alarm);
    }
  }
  for (const Ptr& alarm : due) {
    if (stopping_) co_return;
    co_await evaluate(service, alarm);
  }
}

base::Task<> Alarms::evaluate(CloudWatch& service, Ptr alarm) {
  const base::WallTime now = world_.clock.now();
  const std::int64_t period = period_of(*alarm), seconds = base::unix_seconds(now);
  const std::int64_t end = seconds - seconds % period;
  const std::int64_t begin = end - period * periods_looked_at(*alarm);
  const QueryPlace place{alarm->account, alarm->region, now};
  const QueryRange range{base::WallTime(std::chrono::seconds(begin)),
                         base::WallTime(std::chrono::seconds(end))};
  const std::vector<MetricDataQuery> queries = queries_of(*alarm);
  auto results = co_await evaluate_queries(service, place, queries, range);
  if (!results) {
    base::log(base::LogLevel::kWarning, "cloudwatch: alarm {} cannot be evaluated: {}", alarm->name(),
              results.error().message);
    co_return;
  }
  std::vector<AlarmPoint> points;
  for (const auto& of_query : *results) {
    if (of_query.empty()) continue;
    for (const auto& [second, value] : of_query[0].points)
      points.push_back({second, value});
  }
  auto decision = decide_alarm(*alarm, points, end, now);
  if (!decision || decision->state == *alarm->what.state_value) co_return;
  // Somebody may have changed it while its data were read.
  if (find(alarm->account, alarm->region, alarm->name()) != alarm) co_return;
  static_cast<void>(co_await set_state(std::move(alarm), std::move(*decision)));
}

}  // namespace millrace::cloudwatch
