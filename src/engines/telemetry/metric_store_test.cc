#include "engines/telemetry/metric_store.h"

#include <gtest/gtest.h>

#include "base/clock_testing.h"
#include "store/memory_store_testing.h"
#include "store/run_testing.h"

namespace millrace::telemetry {
namespace {

using namespace std::chrono_literals;
using store::run;

MetricKey key(std::string name, Dimensions dimensions = {}) {
  return {"000000000000", "us-east-1", "app", std::move(name), std::move(dimensions)};
}

class MetricStoreTest : public testing::Test {
 protected:
  void make(MetricStoreOptions options = {}) {
    metrics = std::make_unique<MetricStore>(*store, clock, options);
    ASSERT_TRUE(run(metrics->load()));
  }
  void SetUp() override { make(); }

  void record(std::string name, double value, std::chrono::seconds at, bool fine = false,
              std::string unit = "None") {
    Sample sample{key(std::move(name)), std::move(unit), start + at, {}, fine};
    sample.values.add(value);
    metrics->record(std::move(sample));
  }
  // Sums by second since the start.
  std::map<std::int64_t, double> sums(std::string name, std::int64_t period, std::int64_t from = 0,
                                      std::int64_t to = 3600) {
    MetricRange range{key(std::move(name)), std::nullopt, zero + from, zero + to, period};
    auto read = run(metrics->read(range));
    std::map<std::int64_t, double> out;
    for (const MetricSeries& series : read.value()) {
      for (const auto& [second, values] : series.buckets)
        out[second - zero] += values.sum;
    }
    return out;
  }
  std::vector<std::string> names(std::string_view after = {}, std::size_t limit = 100) {
    std::vector<std::string> out;
    for (const MetricInfo& info :
         metrics->list("000000000000", "us-east-1", after, limit, [](const MetricInfo&) { return true; })
             .metrics)
      out.push_back(info.key.name);
    return out;
  }

  base::StillClock clock;
  base::WallTime start = clock.now();
  std::int64_t zero = base::unix_seconds(start);
  std::unique_ptr<store::MemoryStore> store = store::make_memory_store();
  std::unique_ptr<MetricStore> metrics;
};

TEST_F(MetricStoreTest, SumsUpBySecondMinuteAndHour) {
  for (int second = 0; second < 120; ++second)
    record("fine", 1, std::chrono::seconds(second), true);
  record("coarse", 5, 61s);
  EXPECT_EQ(sums("fine", 30), (std::map<std::int64_t, double>{{0, 30}, {30, 30}, {60, 30}, {90, 30}}));
  EXPECT_EQ(sums("fine", 60), (std::map<std::int64_t, double>{{0, 60}, {60, 60}}));
  EXPECT_EQ(sums("fine", 3600), (std::map<std::int64_t, double>{{0, 120}}));
  EXPECT_EQ(sums("fine", 60, 60, 120), (std::map<std::int64_t, double>{{60, 60}}));
  EXPECT_EQ(sums("coarse", 1), (std::map<std::int64_t, double>{}));
  EXPECT_EQ(sums("coarse", 60), (std::map<std::int64_t, double>{{60, 5}}));
}

TEST_F(MetricStoreTest, WhatComesLaterIsAddedToWhatIsStored) {
  record("m", 1, 0s);
  EXPECT_EQ(sums("m", 60)[0], 1);
  record("m", 2, 30s);
  EXPECT_EQ(sums("m", 60)[0], 3);
  make();  // as after a restart
  record("m", 4, 59s);
  EXPECT_EQ(sums("m", 60)[0], 7);
  EXPECT_EQ(names(), std::vector<std::string>{"m"});
}

TEST_F(MetricStoreTest, UnitsAndDimensionsAreSeriesOfTheirOwn) {
  record("m", 1, 0s, false, "Count");
  record("m", 2, 0s, false, "Bytes");
  metrics->record({key("m", {{"a", "1"}}), "Count", start, {}, false});
  EXPECT_EQ(run(metrics->read({key("m"), std::nullopt, zero, zero + 60, 60})).value().size(), 2u);
  const auto bytes = run(metrics->read({key("m"), "Bytes", zero, zero + 60, 60})).value();
  ASSERT_EQ(bytes.size(), 1u);
  EXPECT_EQ(bytes[0].buckets.at(zero).sum, 2);
  EXPECT_EQ(names(), (std::vector<std::string>{"m", "m"}));  // with and without the dimension
}

TEST_F(MetricStoreTest, ListsByPages) {
  for (const char* name : {"c", "a", "b", "d"}) {
    record(name, 1, 0s, false, "Count");
    record(name, 1, 0s, false, "Bytes");
  }
  const auto all = [](const MetricInfo&) { return true; };
  auto page = metrics->list("000000000000", "us-east-1", "", 3, all);
  ASSERT_EQ(page.metrics.size(), 3u);
  EXPECT_EQ(names(page.next), std::vector<std::string>{"d"});
  EXPECT_EQ(metrics->list("000000000000", "us-east-1", "", 4, all).next, "");
  EXPECT_TRUE(metrics->list("000000000000", "eu-west-1", "", 4, all).metrics.empty());
}

TEST_F(MetricStoreTest, ForgetsWhatIsOlderThanItIsKept) {
  record("m", 1, 0s, true);
  EXPECT_EQ(sums("m", 1).size(), 1u);
  clock.advance(4h);
  run([](MetricStore& m) -> base::Task<int> {
    co_await m.expire();
    co_return 0;
  }(*metrics));
  EXPECT_TRUE(sums("m", 1).empty());
  EXPECT_EQ(sums("m", 60).size(), 1u);
  clock.advance(16 * 24h);
  run([](MetricStore& m) -> base::Task<int> {
    co_await m.expire();
    co_return 0;
  }(*metrics));
  EXPECT_EQ(sums("m", 300).size(), 1u);  // from what is kept by five minutes
  clock.advance(440 * 24h);
  run([](MetricStore& m) -> base::Task<int> {
    co_await m.expire();
    co_return 0;
  }(*metrics));
  EXPECT_TRUE(sums("m", 3600).empty());
  EXPECT_TRUE(names().empty());
}

TEST_F(MetricStoreTest, LimitsAreKept) {
  make({.most_series = 2, .most_waiting = 3});
  record("a", 1, 0s);
  record("b", 1, 0s);
  record("c", 1, 0s);  // one series too many
  record("a", 1, 60s);
  record("a", 1, 120s);  // one bucket too many
  EXPECT_EQ(metrics->dropped(), 2u);
  EXPECT_EQ(sums("a", 60).size(), 2u);
  record("a", 1, 120s);
  EXPECT_EQ(sums("a", 60).size(), 3u);
}

TEST(AggregateTest, ManyValuesAreKeptInLittle) {
  Aggregate aggregate;
  for (int i = 1; i <= 10'000; ++i)
    aggregate.add(i);
  EXPECT_LE(aggregate.values.size(), Aggregate::kMostValues);
  EXPECT_EQ(evaluate(*parse_statistic("SampleCount"), aggregate), 10'000);
  EXPECT_EQ(evaluate(*parse_statistic("Maximum"), aggregate), 10'000);
  EXPECT_NEAR(*evaluate(*parse_statistic("p50"), aggregate), 5000, 150);
  EXPECT_NEAR(*evaluate(*parse_statistic("p99"), aggregate), 9900, 150);
  const auto copy = decode_aggregate(encode(aggregate));
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->values, aggregate.values);
  EXPECT_EQ(copy->sum, aggregate.sum);
  EXPECT_FALSE(decode_aggregate("x"));
  EXPECT_FALSE(decode_aggregate(encode(aggregate).substr(1)));
}

TEST(AggregateTest, StatisticsOfFewValues) {
  Aggregate aggregate;
  aggregate.add(1, 2);
  aggregate.add(10, 1);
  aggregate.add(4, 1);
  const auto value = [&](std::string_view name) { return evaluate(*parse_statistic(name), aggregate); };
  EXPECT_EQ(value("Sum"), 16);
  EXPECT_EQ(value("Average"), 4);
  EXPECT_EQ(value("p50"), 1);
  EXPECT_EQ(value("P75"), 4);
  EXPECT_EQ(value("tm75"), 2);
  EXPECT_EQ(value("tc75"), 3);
  EXPECT_EQ(value("TS(1:10)"), 14);
  EXPECT_EQ(value("PR(:4)"), 75);
  EXPECT_EQ(value("wm75"), 2.5);
  for (const char* text : {"", "p", "p101", "p-1", "tm", "tm101", "PR90", "PR(1%:2%)", "TM(5:1)", "TM(:)",
                           "TM(1%:2)", "TM(1:2", "average", "pnan", "p1e1"})
    EXPECT_FALSE(parse_statistic(text)) << text;
  Aggregate set;
  set.add_set(3, 6, 1, 3);
  EXPECT_FALSE(evaluate(*parse_statistic("p50"), set));
  set.merge(aggregate);
  EXPECT_EQ(evaluate(*parse_statistic("Sum"), set), 22);
  EXPECT_FALSE(evaluate(*parse_statistic("Average"), Aggregate{}));
}

}  // namespace
}  // namespace millrace::telemetry
