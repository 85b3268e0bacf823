#include "wire/pattern.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "wire/json_value.h"

namespace millrace::wire {
namespace {

TEST(Pattern, RunsCountCharactersOfTheirClass) {
  constexpr CharRun kLower{0, 0x7fffffe00000000u, false, 1, 3};  // [a-z]{1,3}
  EXPECT_TRUE(matches(kLower, "abc"));
  EXPECT_FALSE(matches(kLower, ""));
  EXPECT_FALSE(matches(kLower, "abcd"));
  EXPECT_FALSE(matches(kLower, "aBc"));
  EXPECT_FALSE(matches(kLower, "a\u00e9"));
  constexpr CharRun kOthers{0, 0, true, 0, 2};
  EXPECT_TRUE(matches(kOthers, "\u00e9\U0001F600"));  // two characters, six bytes
  EXPECT_FALSE(matches(kOthers, "\u00e9\u00e9\u00e9"));
}

TEST(Pattern, MatchesTheWholeValue) {
  static constexpr Pattern kName(
      "(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?");
  EXPECT_TRUE(kName.matches("my-func_1:$LATEST"));
  EXPECT_TRUE(kName.matches("arn:aws-cn:lambda:f"));
  EXPECT_FALSE(kName.matches("my func"));
  EXPECT_FALSE(kName.matches("f:"));
  static constexpr Pattern kAlias("(?!^[0-9]+$)([a-zA-Z0-9-_]+)");
  EXPECT_TRUE(kAlias.matches("1a"));
  EXPECT_FALSE(kAlias.matches("11"));
}

TEST(Pattern, ACostlyValueIsNoMatchRatherThanAHang) {
  static constexpr Pattern kBacktracks("(a+)+b");
  EXPECT_FALSE(kBacktracks.matches(std::string(5000, 'a')));
}

TEST(Pattern, EveryPatternOfTheModelsIsUnderstood) {
  const std::set<std::string> runs_only{
      "\\p{Print}+", "[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*",
      "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)"};  // the generator makes bitmaps of these
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator(MILLRACE_MODEL_DIR)) {
    if (file.path().extension() != ".json") continue;
    std::ifstream in(file.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    JsonParser parser;
    ASSERT_TRUE(parser.parse(text)) << file.path();
    const Json shapes = parser.root().find("shapes");
    for (JsonFields f(shapes); f.next();) {
      const Json pattern = f.value().find("pattern");
      if (pattern.kind() != JsonKind::kString) continue;
      ++count;
      const std::string source(pattern.as_string());
      EXPECT_TRUE(runs_only.contains(source) || compiles(source)) << f.key() << ": " << source;
    }
  }
  EXPECT_GT(count, 90);
}

}  // namespace
}  // namespace millrace::wire
