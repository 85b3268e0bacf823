// One metric alarm: what it watches, its state, its document in the catalog, and the decision what its state is to be.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html. Pure; any thread.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "shapes/cloudwatch/types/metric_alarm.h"

namespace millrace::cloudwatch {

struct AlarmHistory {
  base::WallTime time;
  std::string type;  // ConfigurationUpdate, StateUpdate, Action
  std::string summary;
  std::string data;  // JSON
};

struct Alarm {
  std::string account;
  std::string region;
  MetricAlarm what;  // name, ARN, state and times are always there
  std::map<std::string, std::string, std::less<>> tags;
  std::deque<AlarmHistory> history;  // newest last, at most kMostHistory

  static constexpr std::size_t kMostHistory = 100;
  const std::string& name() const { return *what.alarm_name; }
  void note(base::WallTime time, std::string type, std::string summary, std::string data);
};

std::string encode_alarm(const Alarm& alarm);
std::optional<Alarm> decode_alarm(std::string_view document);

// An alarm as PutMetricAlarm is told of it; without name of its own, state or times.
struct PutMetricAlarmInput;
MetricAlarm definition_of(PutMetricAlarmInput input);
// The queries it asks: those it was given, or its one metric.
std::vector<MetricDataQuery> queries_of(const Alarm& alarm);
std::int64_t period_of(const Alarm& alarm);

struct AlarmDecision {
  std::string state;  // OK, ALARM, INSUFFICIENT_DATA
  std::string reason;
  std::string reason_data;  // JSON
};
struct AlarmPoint {
  std::int64_t second = 0;
  double value = 0;
};
// `points`: of the last periods before `end` (a second that is a multiple of the period), oldest first; those that are missing are not in
// it. nullopt: the state stays as it is.
std::optional<AlarmDecision> decide_alarm(const Alarm& alarm, const std::vector<AlarmPoint>& points,
                                          std::int64_t end, base::WallTime now);
// How many periods a decision looks back: AWS takes some more than it evaluates.
std::int64_t periods_looked_at(const Alarm& alarm);

// What a function is told of a change: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
std::string lambda_event(const Alarm& before, const Alarm& after, base::WallTime now);
std::string alarm_time(base::WallTime time);  // "2026-11-21T12:00:00.000+0000"

}  // namespace millrace::cloudwatch
