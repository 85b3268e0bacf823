#include "services/cloudwatch/math.h"

#include <gtest/gtest.h>

#include "services/cloudwatch/math_value.h"
#include "services/cloudwatch/search.h"

namespace millrace::cloudwatch {
namespace {

using Points = std::map<std::int64_t, double>;

class MathTest : public testing::Test {
 protected:
  MathTest() {
    add("m1", {{0, 1}, {60, 2}, {180, 4}});
    add("m2", {{0, 10}, {60, 0}, {120, 30}});
  }
  void add(std::string id, Points points) {
    values[id] = {MathValue::Kind::kSeries, 0, {{id, id, 60, std::move(points)}}, {}};
  }
  base::Result<MathValue, std::string> value(std::string_view text) {
    auto parsed = parse_math(text);
    if (!parsed) return base::fail(parsed.error());
    MathWorld world;
    world.from = 0;
    world.to = 240;
    world.find = [this](std::string_view id) {
      const auto at = values.find(std::string(id));
      return at == values.end() ? nullptr : &at->second;
    };
    world.searched = [](const MathNode&) { return nullptr; };
    for (const auto& [id, metric] : values)
      world.metrics.push_back(&metric);
    return evaluate_math(*parsed, world);
  }
  Points points(std::string_view text) {
    auto out = value(text);
    if (!out) ADD_FAILURE() << text << ": " << out.error();
    return out && out->kind == MathValue::Kind::kSeries ? out->series[0].points : Points{{-1, -1}};
  }
  double number(std::string_view text) {
    auto out = value(text);
    if (!out) ADD_FAILURE() << text << ": " << out.error();
    return out && out->kind == MathValue::Kind::kScalar ? out->number : -999;
  }
  std::map<std::string, MathValue> values;
};

TEST_F(MathTest, OperatorsBindAsInArithmetic) {
  EXPECT_EQ(number("1 + 2 * 3 ^ 2 ^ 1 - 4 / 2"), 17);
  EXPECT_EQ(number("-2 ^ 2"), -4);
  EXPECT_EQ(number("2 ^ -1"), 0.5);
  EXPECT_EQ(number("(1 + 2) * -3"), -9);
  EXPECT_EQ(number("1 < 2 AND 2 >= 3 OR 1 == 1"), 1);
  EXPECT_EQ(number("1 < 2 && (0 || 0)"), 0);
  EXPECT_EQ(number("1e2 + .5"), 100.5);
}

TEST_F(MathTest, SeriesMeetWhereBothHavePoints) {
  EXPECT_EQ(points("m1 + m2"), (Points{{0, 11}, {60, 2}}));
  EXPECT_EQ(points("m1 / m2"), (Points{{0, 0.1}}));  // nothing is divided by zero
  EXPECT_EQ(points("100 * m1"), (Points{{0, 100}, {60, 200}, {180, 400}}));
  EXPECT_EQ(points("m1 > 1"), (Points{{0, 0}, {60, 1}, {180, 1}}));
}

TEST_F(MathTest, Functions) {
  EXPECT_EQ(number("SUM(m1)"), 7);
  EXPECT_EQ(number("MAX(m1) - MIN(m1)"), 3);
  EXPECT_NEAR(number("avg(m1)"), 7.0 / 3, 1e-9);
  EXPECT_EQ(points("SUM(METRICS())"), (Points{{0, 11}, {60, 2}, {120, 30}, {180, 4}}));
  EXPECT_EQ(points("SUM(METRICS('1'))"), (Points{{0, 1}, {60, 2}, {180, 4}}));
  EXPECT_EQ(points("AVG([m1, m2])"), (Points{{0, 5.5}, {60, 1}, {120, 30}, {180, 4}}));
  EXPECT_EQ(points("DIFF(m1)"), (Points{{60, 1}, {180, 2}}));
  EXPECT_EQ(points("RATE(m1) * PERIOD(m1)"), (Points{{60, 1}, {180, 1}}));
  EXPECT_EQ(points("RUNNING_SUM(m1)"), (Points{{0, 1}, {60, 3}, {180, 7}}));
  EXPECT_EQ(points("FILL(m1, 0)"), (Points{{0, 1}, {60, 2}, {120, 0}, {180, 4}}));
  EXPECT_EQ(points("FILL(m1, REPEAT)"), (Points{{0, 1}, {60, 2}, {120, 2}, {180, 4}}));
  EXPECT_EQ(points("FILL(m1, LINEAR)"), (Points{{0, 1}, {60, 2}, {120, 3}, {180, 4}}));
  EXPECT_EQ(points("FILL(m1, m2)"), (Points{{0, 1}, {60, 2}, {120, 30}, {180, 4}}));
  EXPECT_EQ(points("IF(m1 > 1, m1, 0)"), (Points{{0, 0}, {60, 2}, {180, 4}}));
  EXPECT_EQ(points("IF(m1 > 1, m1)"), (Points{{60, 2}, {180, 4}}));
  EXPECT_EQ(points("FIRST(SORT(METRICS(), MAX, DESC))"), (Points{{0, 10}, {60, 0}, {120, 30}}));
  EXPECT_EQ(number("METRIC_COUNT(SLICE(METRICS(), 1))"), 1);
  EXPECT_EQ(points("MINUTE(m1)"), (Points{{0, 0}, {60, 1}, {180, 3}}));
  EXPECT_EQ(points("TIME_SERIES(5)").size(), 4u);
}

TEST_F(MathTest, WhatIsWrongIsSaid) {
  for (const char* text : {"",
                           "1 +",
                           "(1",
                           "[1",
                           "SUM(",
                           "1 2",
                           "'x",
                           "m1 + 'x'",
                           "@",
                           "nobody",
                           "IF(1)",
                           "FILL(m1)",
                           "FILL(m1, UP)",
                           "SUM(m1, m2)",
                           "1..2",
                           "RATE(1)",
                           "[m1, m2] + [m1]",
                           "SORT(m1, MAX, ASC)",
                           "SORT(METRICS(), p50, ASC)",
                           "SEARCH('x')"})
    EXPECT_FALSE(value(text)) << text;
  EXPECT_EQ(value("ANOMALY_DETECTION_BAND(m1)").error(),
            "Millrace does not evaluate the function ANOMALY_DETECTION_BAND");
  EXPECT_FALSE(parse_math(std::string(100, '(') + "1" + std::string(100, ')')));
  EXPECT_FALSE(parse_math(std::string(100, '-') + "1"));
  EXPECT_FALSE(parse_math(std::string(3000, ' ')));
}

TEST(SearchTest, SchemaPropertiesAndWords) {
  const telemetry::MetricKey metric{"a", "r", "AWS/Lambda", "Errors", {{"FunctionName", "prod-cart"}}};
  const auto finds = [&](std::string_view text) {
    auto search = MetricSearch::parse(text);
    return search && search->matches(metric);
  };
  for (const char* text :
       {"", "{AWS/Lambda,FunctionName}", "{AWS/Lambda, FunctionName} MetricName=\"Errors\"", "errors PROD",
        "FunctionName=prod", "cart OR nothing", "NOT nothing", "(cart OR x) AND errors",
        "MetricName=(\"Errors\" OR \"Throttles\")", "\"prod-cart\""})
    EXPECT_TRUE(finds(text)) << text;
  for (const char* text :
       {"{AWS/Lambda}", "{AWS/Lambda,FunctionName,Resource}", "{Other,FunctionName}", "MetricName=\"Error\"",
        "FunctionName=errors", "cart nothing", "NOT cart", "\"prod\""})
    EXPECT_FALSE(finds(text)) << text;
  for (const char* text : {"{AWS", "(", ")", "\"x", "a=", "(a", "NOT"})
    EXPECT_FALSE(finds(text) && MetricSearch::parse(text)) << text;
  EXPECT_FALSE(MetricSearch::parse(std::string(100, '(')));
}

}  // namespace
}  // namespace millrace::cloudwatch
