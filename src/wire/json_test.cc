#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "wire/json_value.h"
#include "wire/json_writer.h"

namespace millrace::wire {
namespace {

std::string as_json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(JsonWriter, EscapesWhatMustBeEscapedWhereverItStands) {
  EXPECT_EQ(as_json(""), "\"\"");
  EXPECT_EQ(as_json("plain text of more than eight bytes"), "\"plain text of more than eight bytes\"");
  EXPECT_EQ(as_json("\"\\/\b\f\n\r\t"), R"("\"\\/\b\f\n\r\t")");
  EXPECT_EQ(as_json(std::string("a\0b\x1f", 4)), R"("a\u0000b\u001f")");
  EXPECT_EQ(as_json("\x7f\u00e9\u4e16\U0001F600"), "\"\x7f\u00e9\u4e16\U0001F600\"");
  for (std::size_t at = 0; at < 20; ++at) {  // every place in and after the eight-byte words
    std::string text(20, 'x');
    text[at] = '"';
    std::string want = text;
    want.insert(at, "\\");
    EXPECT_EQ(as_json(text), "\"" + want + "\"") << at;
  }
}

TEST(JsonWriter, EveryByteReadsBackAsItWas) {
  JsonParser parser;
  for (int c = 0; c < 0x80; ++c) {
    const std::string text = "abcdefg" + std::string(1, static_cast<char>(c)) + "hijklmnop";
    ASSERT_TRUE(parser.parse(as_json(text))) << c;
    EXPECT_EQ(parser.root().as_string(), text) << c;
  }
}

TEST(JsonWriter, Numbers) {
  std::string out;
  append_json_int(out, std::numeric_limits<std::int64_t>::min());
  out += ' ';
  append_json_double(out, 0.1);
  out += ' ';
  append_json_double(out, 5);
  out += ' ';
  append_json_double(out, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(out, "-9223372036854775808 0.1 5.0 \"-Infinity\"");
}

TEST(JsonWriter, TimestampsInThreeFormats) {
  const base::WallTime time{std::chrono::milliseconds(1576540098120)};
  const auto text = [&](TimestampFormat format) {
    std::string out;
    append_timestamp(out, time, format);
    return out;
  };
  EXPECT_EQ(text(TimestampFormat::kEpochSeconds), "1576540098.12");
  EXPECT_EQ(text(TimestampFormat::kIso8601), "2019-12-16T23:48:18.12Z");
  EXPECT_EQ(text(TimestampFormat::kHttpDate), "Mon, 16 Dec 2019 23:48:18.12 GMT");
}

TEST(JsonWriter, RawListJoinsElements) {
  RawJsonList list;
  EXPECT_EQ(list.elements(), "");
  list.add("{\"a\":1}");
  list.begin_element() += "{}";
  EXPECT_EQ(list.elements(), "{\"a\":1},{}");
  EXPECT_EQ(list.count(), 2u);
}

TEST(JsonValue, WalksObjectsAndArrays) {
  JsonParser parser;
  ASSERT_TRUE(
      parser.parse(R"({"a":[1,-2,3.5,18446744073709551615,"x\u00e9",true,false,null],"b":{"c":{}},"d":[]})"));
  const Json a = parser.root().find("a");
  ASSERT_EQ(a.size(), 8u);
  std::vector<JsonKind> kinds;
  for (JsonElements e(a); e.next();)
    kinds.push_back(e.value().kind());
  EXPECT_EQ(kinds,
            (std::vector<JsonKind>{JsonKind::kInt, JsonKind::kInt, JsonKind::kDouble, JsonKind::kUint,
                                   JsonKind::kString, JsonKind::kBool, JsonKind::kBool, JsonKind::kNull}));
  EXPECT_EQ(parser.root().find("b").find("c").kind(), JsonKind::kObject);
  EXPECT_EQ(parser.root().find("b").find("x").kind(), JsonKind::kAbsent);
  JsonElements none(parser.root().find("d"));
  EXPECT_FALSE(none.next());
  JsonFields empty(parser.root().find("b").find("c"));
  EXPECT_FALSE(empty.next());
  std::string keys;
  for (JsonFields f(parser.root()); f.next();)
    keys += f.key();
  EXPECT_EQ(keys, "abd");
}

TEST(JsonValue, RefusesWhatIsNoJson) {
  JsonParser parser;
  for (const char* text : {"", " ", "{", "{\"a\":}", "[1,]", "nul", "{} {}", "\"\xff\"", "01"}) {
    EXPECT_FALSE(parser.parse(text)) << text;
    EXPECT_EQ(parser.root().kind(), JsonKind::kAbsent);
  }
  EXPECT_FALSE(parser.parse(std::string(2000, '[') + std::string(2000, ']')));
  EXPECT_TRUE(parser.parse("[]"));  // and goes on afterwards
}

TEST(JsonValue, GivesBackTheMemoryOfALargeText) {
  JsonParser parser;
  const std::string large = "\"" + std::string(3u << 20, 'x') + "\"";
  ASSERT_TRUE(parser.parse(large));
  EXPECT_GE(parser.capacity(), large.size());
  EXPECT_EQ(parser.root().as_string().size(), large.size() - 2);
  ASSERT_TRUE(parser.parse("[1]"));
  EXPECT_LT(parser.capacity(), 1u << 20);
}

}  // namespace
}  // namespace millrace::wire
