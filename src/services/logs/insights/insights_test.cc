// Queries against the answers that the documentation of the language gives them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/logs/insights/query.h"

namespace millrace::logs::insights {
namespace {

constexpr Time kNow{1'795'000'000'000};

Event event(std::int64_t at, std::string message, std::string stream = "s") {
  Event out;
  out.timestamp = out.ingested = Time{kNow.unix_millis + at};
  out.message = std::move(message);
  out.stream = std::move(stream);
  out.log = "000000000000:/g";
  out.pointer = "p" + std::to_string(at);
  return out;
}

// One line a row: "name=value name=value"; @ptr is left out. Or the error.
std::vector<std::string> answer(std::string_view text, const std::vector<Event>& events,
                                std::size_t limit = 10000) {
  const auto query = parse_query(text);
  if (!query) return {"error: " + query.error().message};
  Run run(*query, kNow, limit);
  for (const Event& one : events)
    run.add(one);
  std::vector<std::string> out;
  for (const Row& row : run.finish()) {
    std::string line;
    for (const Column& column : row) {
      if (column.name != "@ptr") line += (line.empty() ? "" : " ") + column.name + "=" + column.value;
    }
    out.push_back(line);
  }
  return out;
}

const std::vector<Event> kLevels = {
    event(0, R"({"level":"INFO","ms":12,"user":{"id":"ann"},"tags":["a","b"]})"),
    event(1000, R"({"level":"ERROR","ms":240.5,"user":{"id":"bob"}})"),
    event(2000, R"({"level":"ERROR","ms":3,"user":{"id":"ann"}})"),
    event(61000, "plain text, user=carl took 7 ms"),
};

using Lines = std::vector<std::string>;

TEST(Insights, FieldsOfJsonAreFoundByTheirPaths) {
  EXPECT_EQ(answer("fields user.id, tags.1 | filter level = \"INFO\"", kLevels),
            Lines({"user.id=ann tags.1=b"}));
  EXPECT_EQ(answer("filter ms > 100 | display level, ms", kLevels), Lines({"level=ERROR ms=240.5"}));
  EXPECT_EQ(answer("filter ispresent(level) and not level = 'INFO' | fields ms | sort ms", kLevels),
            Lines({"ms=3", "ms=240.5"}));
}

TEST(Insights, WithoutASortTheNewestComeFirst) {
  EXPECT_EQ(answer("display ms | filter ispresent(ms)", kLevels), Lines({"ms=3", "ms=240.5", "ms=12"}));
  EXPECT_EQ(answer("display ms | filter ispresent(ms)", kLevels, 2), Lines({"ms=3", "ms=240.5"}));
  EXPECT_EQ(answer("fields @message | limit 1", kLevels),
            Lines({"@message=plain text, user=carl took 7 ms"}));
}

TEST(Insights, WhatIsShownByDefaultIsTimeAndMessage) {
  EXPECT_EQ(answer("filter @message like 'carl'", kLevels),
            Lines({"@timestamp=2026-11-18 11:07:41.000 @message=plain text, user=carl took 7 ms"}));
}

TEST(Insights, StatsGatherByGroups) {
  EXPECT_EQ(
      answer("stats count(*) as n, sum(ms), max(ms) by level | sort n desc, level", kLevels),
      Lines({"level=ERROR n=2 sum(ms)=243.5 max(ms)=240.5", "n=1", "level=INFO n=1 sum(ms)=12 max(ms)=12"}));
  EXPECT_EQ(
      answer("stats count(*) by bin(1m)", kLevels),
      Lines({"bin(1m)=2026-11-18 11:06:00.000 count(*)=3", "bin(1m)=2026-11-18 11:07:00.000 count(*)=1"}));
  EXPECT_EQ(answer("stats count_distinct(user.id) as users, pct(ms, 50) as half, avg(ms) as mean, "
                   "latest(user.id) as last",
                   kLevels),
            Lines({"users=2 half=12 mean=85.16666666666667 last=ann"}));
  EXPECT_EQ(answer("filter level = 'none' | stats count(*)", kLevels), Lines({"count(*)=0"}));
  EXPECT_EQ(answer("stats sum(ms) as total by user.id | filter total > 20 | display total", kLevels),
            Lines({"total=240.5"}));
}

TEST(Insights, ParseMakesFieldsOfText) {
  EXPECT_EQ(
      answer("parse @message 'user=* took * ms' as who, took | filter took > 5 | display who, took", kLevels),
      Lines({"who=carl took=7"}));
  EXPECT_EQ(answer("parse @message /user=(?<who>\\w+) took (?<took>\\d+)/ | filter ispresent(who) | fields "
                   "who, took * 2 as twice",
                   kLevels),
            Lines({"who=carl twice=14"}));
  EXPECT_EQ(answer("parse 'a * b' as x", {event(0, "a 1 b")}),
            Lines({"@timestamp=2026-11-18 11:06:40.000 @message=a 1 b"}));
}

TEST(Insights, ConditionsAreExpressions) {
  EXPECT_EQ(answer("filter user.id in ['ann', 'eve'] | stats count(*) as n", kLevels), Lines({"n=2"}));
  EXPECT_EQ(answer("filter user.id not in ['ann'] and ispresent(user.id) | stats count(*) as n", kLevels),
            Lines({"n=1"}));
  EXPECT_EQ(answer("filter @message =~ /u[a-z]+=c/ or ms = 12 | stats count(*) as n", kLevels),
            Lines({"n=2"}));
  EXPECT_EQ(answer("filter (1 + 2) * 3 - 9 / 3 ^ 2 % 5 = 8 | limit 1 | display strlen('h\xc3\xa9')", kLevels),
            Lines({"strlen('h\xc3\xa9')=2"}));
  EXPECT_EQ(
      answer(
          "fields toupper(substr(@message, 0, 5)) as head, coalesce(level, 'none') as l | filter l = 'none'",
          kLevels),
      Lines({"head=PLAIN l=none"}));
}

TEST(Insights, DedupKeepsTheNewestOfEach) {
  EXPECT_EQ(answer("filter ispresent(user.id) | dedup user.id | display user.id, ms", kLevels),
            Lines({"user.id=ann ms=3", "user.id=bob ms=240.5"}));
}

TEST(Insights, ReportsOfFunctionsHaveFields) {
  const std::vector<Event> events = {event(0, "START RequestId: 1 Version: $LATEST"),
                                     event(1,
                                           "REPORT RequestId: 1\tDuration: 12.50 ms\tBilled Duration: 13 "
                                           "ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\t")};
  EXPECT_EQ(answer("filter @type = 'REPORT' | fields @duration, @maxMemoryUsed / 1000000 as mb", events),
            Lines({"@duration=12.5 mb=64"}));
}

TEST(Insights, SaysWhatItDoesNotUnderstand) {
  const std::vector<std::pair<std::string_view, std::string>> cases = {
      {"fields", "error: unexpected end of query"},
      {"filter level =", "error: unexpected end of query"},
      {"stats nothing(x)", "error: unknown aggregation nothing with 1 arguments"},
      {"fields whatever(x)", "error: unknown function whatever with 1 arguments"},
      {"limit 0", "error: a limit is between 1 and 10000"},
      {"filter x like /(/", "error: invalid regular expression: missing ): ("},
      {"parse @message '* *' as one", "error: parse needs a name for each *"},
      {"fields x ; y", "error: unexpected symbol found ;"},
      {"fields 'x", "error: a quote is not closed"},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_THAT(answer(text, {}), testing::ElementsAre(expected)) << text;
  EXPECT_THAT(answer("filter " + std::string(1000, '('), {}),
              testing::ElementsAre("error: the query nests too deeply"));
}

}  // namespace
}  // namespace millrace::logs::insights
