#include "services/logs/embedded_metrics.h"

#include <gtest/gtest.h>

namespace millrace::logs {
namespace {

const telemetry::GroupKey kGroup{"000000000000", "us-east-1", "/app"};
const base::WallTime kNow{std::chrono::seconds(1'800'000'000)};

std::vector<telemetry::Sample> samples(std::string_view message) {
  return embedded_samples(kGroup, message, kNow);
}

TEST(EmbeddedMetricsTest, TheSpecificationsExample) {
  const auto found = samples(
      R"({"_aws":{"Timestamp":1800000000000,"CloudWatchMetrics":[{"Namespace":"lambda-function-metrics",)"
      R"("Dimensions":[["functionVersion"],[]],"Metrics":[{"Name":"time","Unit":"Milliseconds","StorageResolution":1}]}]},)"
      R"("functionVersion":"$LATEST","time":100,"requestId":"989ffbf8"})");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].key.name_space, "lambda-function-metrics");
  EXPECT_EQ(found[0].key.name, "time");
  EXPECT_EQ(found[0].key.dimensions, (telemetry::Dimensions{{"functionVersion", "$LATEST"}}));
  EXPECT_EQ(found[0].unit, "Milliseconds");
  EXPECT_EQ(found[0].values.sum, 100);
  EXPECT_TRUE(found[0].fine);
  EXPECT_TRUE(found[1].key.dimensions.empty());
}

TEST(EmbeddedMetricsTest, AfterWhatNodesConsolePutsBefore) {
  constexpr std::string_view kJson =
      R"({"_aws":{"CloudWatchMetrics":[{"Namespace":"n","Metrics":[{"Name":"m"}]}]},"m":1})";
  EXPECT_EQ(samples("2026-11-21T12:00:00.000Z\tid\tINFO\t" + std::string(kJson)).size(), 1u);
  EXPECT_EQ(samples("said: " + std::string(kJson)).size(), 0u);
}

TEST(EmbeddedMetricsTest, ListsAndSets) {
  const auto value = [](std::string_view text) {
    const auto found =
        samples(R"({"_aws":{"CloudWatchMetrics":[{"Namespace":"n","Metrics":[{"Name":"m"}]}]},"m":)" +
                std::string(text) + "}");
    return found.empty() ? -1.0 : found[0].values.sum;
  };
  EXPECT_EQ(value("[1,2,3.5]"), 6.5);
  EXPECT_EQ(value(R"({"Values":[2,3],"Counts":[1,2]})"), 8);
  EXPECT_EQ(value(R"({"Count":2,"Sum":10,"Min":4,"Max":6})"), 10);
  EXPECT_EQ(value(R"("5")"), -1);
  EXPECT_EQ(value("[1,\"x\"]"), -1);
  EXPECT_EQ(value("[]"), -1);
  EXPECT_EQ(value("null"), -1);
  EXPECT_EQ(value(R"({"Count":0,"Sum":1,"Min":1,"Max":1})"), -1);
}

TEST(EmbeddedMetricsTest, WhatIsNotOfTheFormatSaysNothing) {
  for (
      const char* text :
      {"", "plain", "{", R"({"a":"\"CloudWatchMetrics\""})", R"({"_aws":5,"x":{"CloudWatchMetrics":1}})",
       R"({"_aws":{"CloudWatchMetrics":5}})", R"({"_aws":{"CloudWatchMetrics":[5,{"Namespace":""}]}})",
       R"({"_aws":{"CloudWatchMetrics":[{"Namespace":"n","Dimensions":[["gone"]],"Metrics":[{"Name":"m"}]}]},"m":1})",
       R"({"_aws":{"CloudWatchMetrics":[{"Namespace":"n","Metrics":[{"Name":5},7,{"Name":"gone"}]}]}})"})
    EXPECT_TRUE(samples(text).empty()) << text;
}

}  // namespace
}  // namespace millrace::logs
