#include "services/logs/filter_pattern.h"

#include <gtest/gtest.h>

namespace millrace::logs {
namespace {

struct Case {
  std::string pattern;
  std::string message;
  bool matches;
};

class FilterPatternTest : public testing::TestWithParam<Case> {};

TEST_P(FilterPatternTest, Matches) {
  auto pattern = FilterPattern::parse(GetParam().pattern);
  ASSERT_TRUE(pattern) << GetParam().pattern << ": " << pattern.error();
  EXPECT_EQ(FilterMatcher(*pattern).matches(GetParam().message), GetParam().matches)
      << GetParam().pattern << " on " << GetParam().message;
}

INSTANTIATE_TEST_SUITE_P(
    Terms, FilterPatternTest,
    testing::Values(Case{"", "anything", true}, Case{" ", "anything", true}, Case{"\" \"", "anything", true},
                    Case{"ERROR", "[ERROR 400] BAD REQUEST", true}, Case{"ERROR", "error", false},
                    Case{"ERROR REQUEST", "[ERROR 400] BAD REQUEST", true},
                    Case{"ERROR ARGUMENTS", "[ERROR 400] BAD REQUEST", false},
                    Case{"\"BAD REQUEST\"", "[ERROR 400] BAD REQUEST", true},
                    Case{"\"REQUEST BAD\"", "[ERROR 400] BAD REQUEST", false},
                    Case{"?ERROR ?WARN", "a WARN", true}, Case{"?ERROR ?WARN", "a NOTE", false},
                    Case{"ERROR -400", "[ERROR 400]", false}, Case{"ERROR -\"bad request\"", "ERROR x", true},
                    Case{"-x", "y", true}, Case{"NOTE ?ERROR", "NOTE", true},
                    Case{"%tim(e|ing) ?out%", "a timing out", true}, Case{"%^out%", "time out", false},
                    Case{"ERROR -%4\\d\\d%", "ERROR 404", false}, Case{"?%a+b% ?c", "xaab", true},
                    Case{"\"say \\\"hi\\\"\"", "they say \"hi\"", true}));

const std::string kEvent =
    R"({"level":"ERROR","n":4,"none":null,"yes":true,"ip":"123.123.0.1","d":{"list":[{"id":1},{"id":7}]},"a b":1})";

INSTANTIATE_TEST_SUITE_P(
    Json, FilterPatternTest,
    testing::Values(
        Case{"{ $.level = \"ERROR\" && $.n > 3 }", kEvent, true}, Case{"{$.level=ERROR}", kEvent, true},
        Case{"{ $.level = \"ERROR\" && $.n > 4 }", kEvent, false}, Case{"{ $.n >= 4 }", kEvent, true},
        Case{"{ $.n != 4 }", kEvent, false}, Case{"{ $.n = 4.0 }", kEvent, true},
        Case{"{ $.n < 1e1 || $.level = x }", kEvent, true}, Case{"{ $.level = \"ERR*\" }", kEvent, true},
        Case{"{ $.level = \"*RO*\" }", kEvent, true}, Case{"{ $.ip = 123.123.* }", kEvent, true},
        Case{"{ $.ip != 123.123.* }", kEvent, false}, Case{"{ $.none IS NULL }", kEvent, true},
        Case{"{ $.level IS NULL }", kEvent, false}, Case{"{ $.yes IS TRUE }", kEvent, true},
        Case{"{ $.yes IS FALSE }", kEvent, false}, Case{"{ $.gone NOT EXISTS }", kEvent, true},
        Case{"{ $.none NOT EXISTS }", kEvent, false}, Case{"{ $.gone != 1 }", kEvent, false},
        Case{"{ $.d.list[1].id = 7 }", kEvent, true}, Case{"{ $.d.list[0].id = 7 }", kEvent, false},
        Case{"{ $.d.list[*].id = 7 }", kEvent, true}, Case{"{ $[\"a b\"] = 1 }", kEvent, true},
        Case{"{ ($.n = 1 || $.n = 4) && ($.level = ERROR) }", kEvent, true},
        Case{"{ $.ip = %^123\\.(1|2)% }", kEvent, true}, Case{"{ $.ip != %^123% }", kEvent, false},
        Case{"{ $.level = ERROR }", "level ERROR", false},
        Case{"{ $.level = ERROR }", "{\"level\":", false}));

const std::string kLine = R"(127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /x HTTP/1.0" 404 1534)";

INSTANTIATE_TEST_SUITE_P(
    Words, FilterPatternTest,
    testing::Values(Case{"[ip, id, user, time, request, code, bytes]", kLine, true},
                    Case{"[ip, id, user, time, request, code]", kLine, false},
                    Case{"[ip, id, user, time, request = \"GET*\", code = 4*, bytes > 1000]", kLine, true},
                    Case{"[ip, id, user, time, request, code = 4* && code != 404, bytes]", kLine, false},
                    Case{"[ip, ..., code = 404 || code = 410, bytes]", kLine, true},
                    Case{"[..., bytes > 2000]", kLine, false}, Case{"[...]", kLine, true},
                    Case{"[w1=ERROR, w2]", "ERROR x", true}, Case{"[w1!=ERROR, w2]", "ERROR x", false}));

TEST(FilterPatternErrors, WhatIsNoPattern) {
  for (const char* text : {"\"open",
                           "-",
                           "{",
                           "{}",
                           "{ $.a }",
                           "{ $.a = }",
                           "{ a = 1 }",
                           "{ $.a = 1 } x",
                           "{ $.a > x }",
                           "{ ($.a = 1 }",
                           "{ $.a[x] = 1 }",
                           "{ $.a IS MAYBE }",
                           "[",
                           "[a",
                           "[a,]",
                           "[..., ...]",
                           "[a=]",
                           "%open",
                           "%(%",
                           "{ $.a > %x% }"}) {
    EXPECT_FALSE(FilterPattern::parse(text)) << text;
  }
  EXPECT_FALSE(FilterPattern::parse("{" + std::string(5000, '(')));
}

TEST(FilterPatternTest, GivesTheValuesThatItNames) {
  FilterMatcher json(*FilterPattern::parse("{ $.a.b = 5 && ($.list[1] = x || $.gone = 1) }"));
  const std::string message = R"({"a":{"b":5,"c":true},"list":[1,"x",2.5],"n":null})";
  ASSERT_TRUE(json.matches(message));
  EXPECT_EQ(json.values(message),
            (std::map<std::string, std::string, std::less<>>{{"$.a.b", "5"}, {"$.list[1]", "x"}}));
  EXPECT_EQ(json.value(message, "$.a.c"), "true");
  EXPECT_EQ(json.value(message, "$.list[2]"), "2.5");
  for (const char* selector :
       {"$.gone", "$.n", "$.a.b.c", "$.list[9]", "$x", "", "$.", "$.a = 1 || $.b", "$.list[*]"})
    EXPECT_FALSE(json.value(message, selector)) << selector;
  FilterMatcher words(*FilterPattern::parse("[ip, ..., status = 4*, bytes]"));
  EXPECT_EQ(words.value("1.2.3.4 - - 404 17", "$bytes"), "17");
  EXPECT_EQ(words.value("1.2.3.4 - - 404 17", "$ip"), "1.2.3.4");
  EXPECT_FALSE(words.value("1.2.3.4 - - 404 17", "$user"));
  EXPECT_FALSE(words.value("1", "$ip"));
  FilterMatcher terms(*FilterPattern::parse("ERROR"));
  EXPECT_EQ(terms.value(R"({"level":"ERROR"})", "$.level"), "ERROR");
  EXPECT_FALSE(terms.value("ERROR", "$.level"));
}

}  // namespace
}  // namespace millrace::logs
