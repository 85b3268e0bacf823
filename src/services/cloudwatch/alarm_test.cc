#include "services/cloudwatch/alarm.h"

#include <gtest/gtest.h>

#include "base/clock_testing.h"
#include "engines/telemetry/metric_store.h"
#include "services/cloudwatch/operations.h"
#include "shapes/cloudwatch/put_metric_alarm.h"
#include "store/memory_store_testing.h"
#include "store/run_testing.h"
#include "wire/services.h"

namespace millrace::cloudwatch {
namespace {

using namespace std::chrono_literals;
using store::run;
constexpr std::int64_t kEnd = 600;

Alarm alarm_of(int periods, int needed, std::string missing) {
  Alarm alarm;
  alarm.account = "000000000000";
  alarm.region = "us-east-1";
  MetricAlarm& what = alarm.what;
  what.alarm_name = "a";
  what.alarm_arn = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:a";
  what.metric_name = "m";
  what.namespace_ = "app";
  what.statistic = "Sum";
  what.period = 60;
  what.evaluation_periods = periods;
  what.datapoints_to_alarm = needed;
  what.threshold = 2;
  what.comparison_operator = "GreaterThanThreshold";
  what.treat_missing_data = std::move(missing);
  what.state_value = "INSUFFICIENT_DATA";
  what.state_reason = "Unchecked: Initial alarm creation";
  what.state_updated_timestamp = what.state_transitioned_timestamp =
      what.alarm_configuration_updated_timestamp = base::WallTime{};
  return alarm;
}

// AWS's table of missing data: "0" is in order, "X" breaches, "-" is missing; the newest is last.
std::string state(const Alarm& alarm, std::string_view row) {
  std::vector<AlarmPoint> points;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '-') continue;
    points.push_back({kEnd - static_cast<std::int64_t>(row.size() - i) * 60, row[i] == 'X' ? 3.0 : 1.0});
  }
  const auto decision = decide_alarm(alarm, points, kEnd, {});
  return decision ? decision->state : "as it was";
}

TEST(AlarmTest, MissingDataAsInTheTableOfTheDocuments) {
  struct Row {
    std::string_view points;
    std::string_view missing, ignore, breaching, not_breaching;
  };
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
  constexpr Row kThreeOfThree[] = {
      {"0-X-X", "OK", "OK", "OK", "OK"},
      {"0----", "OK", "OK", "OK", "OK"},
      {"-----", "INSUFFICIENT_DATA", "as it was", "ALARM", "OK"},
      {"0XX-X", "ALARM", "ALARM", "ALARM", "ALARM"},
      {"--X--", "ALARM", "as it was", "ALARM", "OK"},
  };
  for (const Row& row : kThreeOfThree) {
    EXPECT_EQ(state(alarm_of(3, 3, "missing"), row.points), row.missing) << row.points;
    EXPECT_EQ(state(alarm_of(3, 3, "ignore"), row.points), row.ignore) << row.points;
    EXPECT_EQ(state(alarm_of(3, 3, "breaching"), row.points), row.breaching) << row.points;
    EXPECT_EQ(state(alarm_of(3, 3, "notBreaching"), row.points), row.not_breaching) << row.points;
  }
  constexpr Row kTwoOfThree[] = {
      {"0-X-X", "ALARM", "ALARM", "ALARM", "ALARM"},  {"00X0X", "ALARM", "ALARM", "ALARM", "ALARM"},
      {"0-X--", "OK", "OK", "ALARM", "OK"},           {"----0", "OK", "OK", "ALARM", "OK"},
      {"---X-", "ALARM", "as it was", "ALARM", "OK"},
  };
  for (const Row& row : kTwoOfThree) {
    EXPECT_EQ(state(alarm_of(3, 2, "missing"), row.points), row.missing) << row.points;
    EXPECT_EQ(state(alarm_of(3, 2, "ignore"), row.points), row.ignore) << row.points;
    EXPECT_EQ(state(alarm_of(3, 2, "breaching"), row.points), row.breaching) << row.points;
    EXPECT_EQ(state(alarm_of(3, 2, "notBreaching"), row.points), row.not_breaching) << row.points;
  }
}

TEST(AlarmTest, ReasonsAreCloudWatchs) {
  const auto reason = [](const Alarm& alarm, std::vector<AlarmPoint> points) {
    return decide_alarm(alarm, points, kEnd, {})->reason;
  };
  EXPECT_EQ(
      reason(alarm_of(1, 1, "missing"), {{540, 21.5}}),
      "Threshold Crossed: 1 datapoint [21.5 (01/01/70 00:09:00)] was greater than the threshold (2.0).");
  EXPECT_EQ(
      reason(alarm_of(1, 1, "missing"), {{540, 1}}),
      "Threshold Crossed: 1 datapoint [1.0 (01/01/70 00:09:00)] was not greater than the threshold (2.0).");
  EXPECT_EQ(
      reason(alarm_of(2, 2, "breaching"), {}),
      "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
      "[Breaching].");
  EXPECT_EQ(reason(alarm_of(1, 1, "missing"), {}), "Insufficient Data: 1 datapoint was unknown.");
  EXPECT_EQ(reason(alarm_of(2, 1, "missing"), {{480, 3}, {540, 4}}),
            "Threshold Crossed: 2 out of the last 2 datapoints [4.0 (01/01/70 00:09:00), 3.0 (01/01/70 "
            "00:08:00)] were "
            "greater than the threshold (2.0) (minimum 1 datapoint for OK -> ALARM transition).");
}

TEST(AlarmTest, IsReadAsItWasWritten) {
  Alarm alarm = alarm_of(3, 2, "ignore");
  alarm.what.alarm_actions = std::vector<std::string>{"arn:aws:lambda:us-east-1:000000000000:function:f"};
  alarm.what.state_reason_data = "{\"a\":1}";
  alarm.tags["k"] = "v";
  alarm.note(base::WallTime(5s), "StateUpdate", "s \"q\"", "{}");
  const auto copy = decode_alarm(encode_alarm(alarm));
  ASSERT_TRUE(copy);
  EXPECT_EQ(encode_alarm(*copy), encode_alarm(*decode_alarm(encode_alarm(*copy))));
  EXPECT_EQ(copy->what.alarm_actions, alarm.what.alarm_actions);
  EXPECT_EQ(copy->what.threshold, 2);
  EXPECT_EQ(copy->what.state_reason_data, alarm.what.state_reason_data);
  EXPECT_EQ(copy->tags, alarm.tags);
  EXPECT_EQ(copy->history.at(0).time, base::WallTime(5s));
  for (const char* bad : {"", "{}", "[]", "{\"alarm\":1}", "{\"alarm\":{\"AlarmName\":5}}"})
    EXPECT_FALSE(decode_alarm(bad)) << bad;
}

class AlarmsTest : public testing::Test {
 protected:
  AlarmsTest() {
    alarms = std::make_shared<Alarms>(Alarms::World{catalog, services, clock, *random});
    service = std::make_unique<CloudWatch>(CloudWatch{metrics, clock, alarms});
  }
  void record(double value) {
    telemetry::Sample sample{{"000000000000", "us-east-1", "app", "m", {}}, "None", clock.now(), {}, false};
    sample.values.add(value);
    metrics.record(std::move(sample));
  }
  void pass(std::chrono::seconds time) {
    clock.advance(time);
    run([](AlarmsTest& test) -> base::Task<int> {
      co_await test.alarms->evaluate_due(*test.service);
      co_return 0;
    }(*this));
  }
  std::string state() { return *alarms->find("000000000000", "us-east-1", "a")->what.state_value; }

  base::StillClock clock;
  std::unique_ptr<base::Random> random = base::make_seeded_random(1);
  std::unique_ptr<store::MemoryStore> store = store::make_memory_store();
  catalog::Catalog catalog{*store};
  wire::Services services;
  telemetry::MetricStore metrics{*store, clock};
  std::shared_ptr<Alarms> alarms;
  std::unique_ptr<CloudWatch> service;
};

TEST_F(AlarmsTest, FollowsItsMetric) {
  ASSERT_EQ(run(alarms->put(alarm_of(1, 1, "notBreaching"))), Alarms::Outcome::kDone);
  pass(1s);
  EXPECT_EQ(state(), "OK");
  record(5);
  pass(10s);
  EXPECT_EQ(state(), "OK");  // its period is not over
  pass(60s);
  EXPECT_EQ(state(), "ALARM");
  pass(240s);
  EXPECT_EQ(state(), "OK");
  const auto alarm = alarms->find("000000000000", "us-east-1", "a");
  ASSERT_EQ(alarm->history.size(), 3u);
  EXPECT_EQ(alarm->history[1].summary, "Alarm updated from OK to ALARM");
  // Another server reads what this one has written.
  Alarms again(Alarms::World{catalog, services, clock, *random});
  ASSERT_TRUE(run(again.load()));
  EXPECT_EQ(*again.find("000000000000", "us-east-1", "a")->what.state_value, "OK");
  EXPECT_EQ(run(alarms->erase("000000000000", "us-east-1", "a")), Alarms::Outcome::kDone);
  EXPECT_EQ(run(alarms->erase("000000000000", "us-east-1", "a")), Alarms::Outcome::kAbsent);
}

TEST_F(AlarmsTest, ActionsThatCannotBeTakenAreSaid) {
  Alarm alarm = alarm_of(1, 1, "breaching");
  alarm.what.alarm_actions = std::vector<std::string>{"arn:aws:sns:us-east-1:000000000000:t",
                                                      "arn:aws:lambda:us-east-1:000000000000:function:f"};
  ASSERT_EQ(run(alarms->put(std::move(alarm))), Alarms::Outcome::kDone);
  pass(1s);
  const auto after = alarms->find("000000000000", "us-east-1", "a");
  ASSERT_EQ(after->history.size(), 3u);
  EXPECT_EQ(
      after->history[1].summary,
      "Failed to execute action arn:aws:sns:us-east-1:000000000000:t: Millrace carries out no such actions");
  EXPECT_TRUE(after->history[2].summary.starts_with("Failed to execute action arn:aws:lambda:"));
}

}  // namespace
}  // namespace millrace::cloudwatch
