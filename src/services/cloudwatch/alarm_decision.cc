#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "services/cloudwatch/alarm.h"
#include "wire/json_writer.h"

namespace millrace::cloudwatch {
namespace {

constexpr std::int64_t kExtraPeriods = 2;

bool breaches(std::string_view comparison, double value, double threshold) {
  if (comparison == "GreaterThanThreshold") return value > threshold;
  if (comparison == "GreaterThanOrEqualToThreshold") return value >= threshold;
  if (comparison == "LessThanThreshold") return value < threshold;
  return value <= threshold;
}

std::string_view words(std::string_view comparison) {
  if (comparison == "GreaterThanThreshold") return "greater than";
  if (comparison == "GreaterThanOrEqualToThreshold") return "greater than or equal to";
  if (comparison == "LessThanThreshold") return "less than";
  return "less than or equal to";
}

std::string number(double value) {
  std::string out;
  wire::append_json_double(out, value);
  return out;
}

base::WallTime time_at(std::int64_t second) {
  return base::WallTime(std::chrono::seconds(second));
}

// "21.5 (26/10/23 16:42:00)"
std::string shown(const AlarmPoint& point) {
  const auto time = std::chrono::system_clock::to_time_t(time_at(point.second));
  return fmt::format("{} ({:%d/%m/%y %H:%M:%S})", number(point.value), fmt::gmtime(time));
}

struct Counted {
  std::vector<AlarmPoint> points;  // that are evaluated, oldest first
  std::int64_t missing = 0;        // of the evaluation periods
  std::vector<AlarmPoint> breaching;
  std::int64_t oldest_breach_age = 0;  // in periods
};

class Decision {
 public:
  Decision(const Alarm& alarm, std::int64_t end, base::WallTime now)
      : what_(alarm.what),
        end_(end),
        now_(now),
        period_(period_of(alarm)),
        wanted_(what_.evaluation_periods.value_or(1)),
        needed_(what_.datapoints_to_alarm.value_or(static_cast<std::int32_t>(wanted_))),
        missing_(what_.treat_missing_data.value_or("missing")) {}

  std::optional<AlarmDecision> decide(const std::vector<AlarmPoint>& points) {
    count(points);
    const auto breaching = static_cast<std::int64_t>(counted_.breaching.size());
    if (counted_.points.empty()) return without_points();
    if (missing_ == "breaching" && breaching + counted_.missing >= needed_) return crossed(true);
    if (breaching >= needed_) return crossed(true);
    if (missing_ == "breaching" || missing_ == "notBreaching" || counted_.missing == 0) return crossed(false);
    // Some are missing and nothing stands for them.
    if (breaching < static_cast<std::int64_t>(counted_.points.size())) return crossed(false);
    // Only breaching ones are there: too few, but as old as they would have to be.
    if (missing_ == "missing" && counted_.oldest_breach_age >= needed_) return crossed(true);
    return std::nullopt;
  }

 private:
  void count(const std::vector<AlarmPoint>& points) {
    const std::size_t used = std::min(points.size(), static_cast<std::size_t>(wanted_));
    counted_.points.assign(points.end() - static_cast<std::ptrdiff_t>(used), points.end());
    counted_.missing = wanted_ - static_cast<std::int64_t>(used);
    for (const AlarmPoint& point : counted_.points) {
      if (!breaches(*what_.comparison_operator, point.value, what_.threshold.value_or(0))) continue;
      if (counted_.breaching.empty()) counted_.oldest_breach_age = (end_ - point.second) / period_;
      counted_.breaching.push_back(point);
    }
  }

  std::optional<AlarmDecision> without_points() {
    if (missing_ == "ignore") return std::nullopt;
    if (missing_ == "missing") {
      const std::string_view verb = wanted_ == 1 ? "datapoint was" : "datapoints were";
      return AlarmDecision{"INSUFFICIENT_DATA",
                           fmt::format("Insufficient Data: {} {} unknown.", wanted_, verb), reason_data()};
    }
    const bool alarm = missing_ == "breaching";
    return AlarmDecision{
        alarm ? "ALARM" : "OK",
        fmt::format(
            "Threshold Crossed: no datapoints were received for {} {} and {} missing {} treated as [{}].",
            wanted_, wanted_ == 1 ? "period" : "periods", wanted_,
            wanted_ == 1 ? "datapoint was" : "datapoints were", alarm ? "Breaching" : "NonBreaching"),
        reason_data()};
  }

  AlarmDecision crossed(bool alarm) {
    std::vector<AlarmPoint> told;
    for (const AlarmPoint& point : counted_.points) {
      if (breaches(*what_.comparison_operator, point.value, what_.threshold.value_or(0)) == alarm)
        told.push_back(point);
    }
    std::string list;
    for (auto at = told.rbegin(); at != told.rend(); ++at)
      list.append(list.empty() ? "" : ", ").append(shown(*at));
    const std::string_view direction = words(*what_.comparison_operator);
    const std::string_view no = alarm ? "" : "not ";
    const std::string threshold = number(what_.threshold.value_or(0));
    std::string reason;
    if (wanted_ == 1) {
      reason = fmt::format("Threshold Crossed: 1 datapoint [{}] was {}{} the threshold ({}).", list, no,
                           direction, threshold);
    } else {
      reason = fmt::format(
          "Threshold Crossed: {} out of the last {} datapoints [{}] {} {}{} the threshold ({})", told.size(),
          wanted_, list, told.size() == 1 ? "was" : "were", no, direction, threshold);
      reason += fmt::format(" (minimum {} {} for {} transition).", needed_,
                            needed_ == 1 ? "datapoint" : "datapoints", alarm ? "OK -> ALARM" : "ALARM -> OK");
    }
    return {alarm ? "ALARM" : "OK", std::move(reason), reason_data()};
  }

  std::string reason_data() const {
    std::string out = "{\"version\":\"1.0\",\"queryDate\":\"" + alarm_time(now_) + "\"";
    if (!counted_.points.empty())
      out += ",\"startDate\":\"" + alarm_time(time_at(counted_.points.front().second)) + "\"";
    if (what_.unit) out += ",\"unit\":\"" + *what_.unit + "\"";
    if (what_.statistic) out += ",\"statistic\":\"" + *what_.statistic + "\"";
    out += fmt::format(",\"period\":{},\"recentDatapoints\":[", period_);
    for (const AlarmPoint& point : counted_.points)
      out.append(out.back() == '[' ? "" : ",").append(number(point.value));
    out += "],\"threshold\":" + number(what_.threshold.value_or(0)) + ",\"evaluatedDatapoints\":[";
    for (auto at = counted_.points.rbegin(); at != counted_.points.rend(); ++at)
      out += fmt::format("{}{{\"timestamp\":\"{}\",\"value\":{}}}", out.back() == '[' ? "" : ",",
                         alarm_time(time_at(at->second)), number(at->value));
    return out + "]}";
  }

  const MetricAlarm& what_;
  const std::int64_t end_;
  const base::WallTime now_;
  const std::int64_t period_;
  const std::int64_t wanted_;
  const std::int64_t needed_;
  const std::string missing_;
  Counted counted_;
};

}  // namespace

std::optional<AlarmDecision> decide_alarm(const Alarm& alarm, const std::vector<AlarmPoint>& points,
                                          std::int64_t end, base::WallTime now) {
  return Decision(alarm, end, now).decide(points);
}

std::int64_t periods_looked_at(const Alarm& alarm) {
  return alarm.what.evaluation_periods.value_or(1) + kExtraPeriods;
}

}  // namespace millrace::cloudwatch
