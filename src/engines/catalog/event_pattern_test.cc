#include "engines/catalog/event_pattern.h"

#include <gtest/gtest.h>

namespace millrace::catalog {
namespace {

constexpr std::string_view kEvent =
    R"({"eventName":"MODIFY","n":302,"flag":true,"none":null,"empty":"","list":["a","b"],
  "dynamodb":{"Keys":{"id":{"S":"user#7"}},"NewImage":{"price":{"N":"12.5"},"City":{"S":"Ulm"}}}})";

bool matches(std::string_view pattern, std::string_view event = kEvent) {
  auto compiled = EventPattern::compile(pattern);
  if (!compiled) throw std::runtime_error(compiled.error());
  PatternMatcher matcher({*compiled});
  return matcher.matches(event);
}

TEST(EventPattern, Matches) {
  for (const char* pattern : {
           R"({})",
           R"({"eventName":["INSERT","MODIFY"]})",
           R"({"eventName":["MODIFY"],"n":[302]})",
           R"({"n":[3.02e2]})",
           R"({"n":[{"numeric":[">",300,"<=",302]}]})",
           R"({"n":[{"numeric":["=",302]}]})",
           R"({"flag":[true]})",
           R"({"none":[null]})",
           R"({"empty":[""]})",
           R"({"list":["b"]})",
           R"({"dynamodb":{"NewImage":{"price":{"N":["12.5"]}}}})",
           R"({"dynamodb":{"Keys":{"id":{"S":[{"prefix":"user#"}]}}}})",
           R"({"dynamodb":{"Keys":{"id":{"S":[{"suffix":"#7"}]}}}})",
           R"({"dynamodb":{"NewImage":{"City":{"S":[{"equals-ignore-case":"uLM"}]}}}})",
           R"({"eventName":[{"anything-but":["INSERT","REMOVE"]}]})",
           R"({"eventName":[{"anything-but":"INSERT"}]})",
           R"({"eventName":[{"anything-but":{"prefix":"IN"}}]})",
           R"({"n":[{"anything-but":[1,2]}]})",
           R"({"dynamodb":{"OldImage":{"x":{"S":[{"exists":false}]}}}})",
           R"({"dynamodb":{"NewImage":{"City":{"S":[{"exists":true}]}}}})",
           R"({"dynamodb":{"NewImage":[{"exists":false}]}})",
           R"({"$or":[{"eventName":["INSERT"]},{"n":[302]}]})",
           R"({"dynamodb":{"$or":[{"Keys":{"id":{"S":["x"]}}},{"NewImage":{"City":{"S":["Ulm"]}}}]}})",
           R"({"eventName":["INSERT",{"prefix":"MOD"}]})",
       }) {
    EXPECT_TRUE(matches(pattern)) << pattern;
  }
}

TEST(EventPattern, DoesNotMatch) {
  for (const char* pattern : {
           R"({"eventName":["INSERT"]})",
           R"({"eventName":["MODIFY"],"n":[303]})",
           R"({"missing":["x"]})",
           R"({"missing":[null]})",
           R"({"n":["302"]})",
           R"({"n":[{"numeric":["<",302]}]})",
           R"({"dynamodb":{"NewImage":{"price":{"N":[{"numeric":[">",1]}]}}}})",
           R"({"none":[""]})",
           R"({"list":["c"]})",
           R"({"eventName":[{"anything-but":["MODIFY"]}]})",
           R"({"eventName":[{"anything-but":{"prefix":"MOD"}}]})",
           R"({"missing":[{"anything-but":["x"]}]})",
           R"({"eventName":[{"exists":false}]})",
           R"({"missing":[{"exists":true}]})",
           R"({"dynamodb":{"NewImage":[{"exists":true}]}})",
           R"({"$or":[{"eventName":["INSERT"]},{"n":[1]}]})",
           R"({"eventName":{"nested":["x"]}})",
           R"({"dynamodb":{"OldImage":{"x":{"S":["v"]}}}})",
       }) {
    EXPECT_FALSE(matches(pattern)) << pattern;
  }
}

TEST(EventPattern, RefusesWhatIsNoPattern) {
  for (const char* pattern :
       {"", "x", "[]", R"({"a":"b"})", R"({"a":[]})", R"({"a":1})", R"({"a":[{"unknown":"x"}]})",
        R"({"a":[[1]]})", R"({"a":[{"numeric":[">"]}]})", R"({"a":[{"numeric":["!",1]}]})",
        R"({"a":[{"numeric":[">","1"]}]})", R"({"a":[{"exists":"yes"}]})", R"({"a":[{"prefix":1}]})",
        R"({"a":[{"prefix":"x","suffix":"y"}]})", R"({"$or":{}})", R"({"$or":[]})",
        R"({"a":[{"anything-but":[]}]})", R"({"a":[{"anything-but":{"x":"y"}}]})"}) {
    EXPECT_FALSE(EventPattern::compile(pattern)) << pattern;
  }
  std::string deep;
  for (int i = 0; i < 40; ++i)
    deep += R"({"a":)";
  deep += R"(["x"])" + std::string(40, '}');
  EXPECT_FALSE(EventPattern::compile(deep));
}

TEST(EventPattern, OneOfSeveralSufficesAndNoneLetsAllPass) {
  PatternMatcher none({});
  EXPECT_TRUE(none.passes_all());
  EXPECT_TRUE(none.matches("{}"));
  PatternMatcher two({*EventPattern::compile(R"({"n":[1]})"), *EventPattern::compile(R"({"n":[302]})")});
  EXPECT_TRUE(two.matches(kEvent));
  EXPECT_FALSE(two.matches(R"({"n":2})"));
  EXPECT_FALSE(two.matches("no json"));
}

}  // namespace
}  // namespace millrace::catalog
