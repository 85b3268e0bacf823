#include "engines/table/item_codec.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "engines/table/item_size.h"

namespace millrace::table {
namespace {

// What becomes of a JSON value: its canonical JSON, "invalid: ..." or "serialization: ...".
std::string outcome(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  EXPECT_EQ(parser.parse(json.data(), json.size()).get(root), simdjson::SUCCESS) << json;
  auto value = decode_value(root);
  if (!value) return "serialization: " + value.error().message;
  if (auto* bad = first_invalid(*value)) return "invalid: " + bad->message;
  std::string out;
  append_json(out, *value);
  return out;
}

Item item_of(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  EXPECT_EQ(parser.parse(json.data(), json.size()).get(root), simdjson::SUCCESS) << json;
  return *decode_item(root);
}

TEST(ItemCodec, KeepsEveryType) {
  for (std::string json :
       {R"({"S":""})", R"({"S":"a\"\\\n\u0001é😀"})", R"({"N":"0"})", R"({"N":"-12.5"})", R"({"B":""})",
        R"({"B":"AP8="})", R"({"BOOL":true})", R"({"BOOL":false})", R"({"NULL":true})",
        R"({"SS":["","B","a"]})", R"({"NS":["2","1"]})", R"({"BS":["","AA=="]})", R"({"L":[]})",
        R"({"M":{}})", R"({"L":[{"S":"a"},{"L":[{"N":"1"}]}]})",
        R"({"M":{"x":{"NULL":true},"y":{"M":{"z":{"B":"AA=="}}}}})"}) {
    EXPECT_EQ(outcome(json), json);
  }
}

TEST(ItemCodec, BringsValuesIntoTheirNormalForm) {
  EXPECT_EQ(outcome(R"({"N":"1E+2"})"), R"({"N":"100"})");
  EXPECT_EQ(outcome(R"({"NS":["01","-0.50"]})"), R"({"NS":["1","-0.5"]})");
  EXPECT_EQ(outcome(R"({"SS":["b","a","B"]})"), R"({"SS":["B","a","b"]})");
  EXPECT_EQ(outcome(R"({"S":"\u0041\/\u00e9"})"), "{\"S\":\"A/\xc3\xa9\"}");
  EXPECT_EQ(outcome(R"({"BOOL":"Yes"})"), R"({"BOOL":true})");
  EXPECT_EQ(outcome(R"({"NULL":"1"})"), R"({"NULL":true})");
  EXPECT_EQ(outcome(R"({"S":"a","N":null,"Other":{"x":1}})"), R"({"S":"a"})");
  EXPECT_EQ(outcome(R"({"M":{"a":{"S":"1"},"b":{"S":"2"},"a":{"S":"3"}}})"),
            R"({"M":{"a":{"S":"3"},"b":{"S":"2"}}})");
}

TEST(ItemCodec, RefusesBadValuesWithTheTextOfAws) {
  const std::string kBad = "invalid: One or more parameter values were invalid: ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({})",
       "invalid: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
      {R"({"X":"a"})",
       "invalid: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
      {R"({"S":null})",
       "invalid: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
      {R"(null)",
       "invalid: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
      {R"({"S":"a","N":"1"})",
       "invalid: Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
       "supported datatypes"},
      {R"({"S":"a","N":""})", "invalid: The parameter cannot be converted to a numeric value"},
      {R"({"S":"a","N":"b"})", "invalid: The parameter cannot be converted to a numeric value: b"},
      {R"({"NS":["1","b"]})", "invalid: The parameter cannot be converted to a numeric value: b"},
      {R"({"NS":["1","1.0"]})", "invalid: Input collection contains duplicates"},
      {R"({"NS":[]})", kBad + "An number set  may not be empty"},
      {R"({"SS":[]})", kBad + "An string set  may not be empty"},
      {R"({"BS":[]})", kBad + "Binary sets should not be empty"},
      {R"({"SS":["a","b","a"]})", kBad + "Input collection [a, b, a] contains duplicates."},
      {R"({"BS":["Yg==","Yg=="]})", kBad + "Input collection [Yg==, Yg==]of type BS contains duplicates."},
      {R"({"NULL":false})", kBad + "Null attribute value types must have the value of true"},
      {R"({"L":[{"S":"a"},{}]})",
       "invalid: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
      {R"({"M":{"a":{"SS":[]}}})", kBad + "An string set  may not be empty"},
  };
  for (const auto& [json, expected] : cases)
    EXPECT_EQ(outcome(json), expected) << json;
}

TEST(ItemCodec, TellsJsonOfTheWrongTypeApart) {
  const std::string kIs = "serialization: ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"("a")", "Unexpected value type in payload"},
      {R"(1)", "Unexpected value type in payload"},
      {R"([])", "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"},
      {R"({"S":1})", "NUMBER_VALUE cannot be converted to String"},
      {R"({"S":1.5})", "DECIMAL_VALUE cannot be converted to String"},
      {R"({"S":true})", "TRUE_VALUE cannot be converted to String"},
      {R"({"S":[]})", "Unrecognized collection type class java.lang.String"},
      {R"({"S":{}})", "Start of structure or map found where not expected"},
      {R"({"N":1})", "NUMBER_VALUE cannot be converted to String"},
      {R"({"B":1})", "only base-64-encoded strings are convertible to bytes"},
      {R"({"B":"abc"})", "Base64 encoded length is expected a multiple of 4 bytes but found: 3"},
      {R"({"B":"=+/="})", "Invalid last non-pad Base64 character dectected"},
      {R"({"B":"+/+="})", "Invalid last non-pad Base64 character dectected"},
      {R"({"B":"a==="})", "Invalid last non-pad Base64 character dectected"},
      {R"({"BOOL":1})", "NUMBER_VALUE cannot be converted to Boolean"},
      {R"({"BOOL":"maybe"})", "Unexpected token received from parser"},
      {R"({"SS":"a"})", "Unexpected field type"},
      {R"({"SS":{}})", "Start of structure or map found where not expected"},
      {R"({"SS":[1]})", "NUMBER_VALUE cannot be converted to String"},
      {R"({"L":"a"})", "Unexpected field type"},
      {R"({"M":"a"})", "Unexpected field type"},
      {R"({"M":[]})",
       "Unrecognized collection type java.util.Map<java.lang.String, "
       "com.amazonaws.dynamodb.v20120810.AttributeValue>"},
      {R"({"L":[{"M":{"a":{"N":true}}}]})", "TRUE_VALUE cannot be converted to String"},
  };
  for (const auto& [json, expected] : cases)
    EXPECT_EQ(outcome(json), kIs + expected) << json;
}

std::string nested(int wraps, const std::string& inner) {
  std::string json;
  for (int i = 0; i < wraps; ++i)
    json += i % 2 ? R"({"M":{"a":)" : R"({"L":[)";
  json += inner;
  for (int i = wraps; i-- > 0;)
    json += i % 2 ? "}}" : "]}";
  return json;
}

TEST(ItemCodec, NestsThirtyTwoLevels) {
  EXPECT_EQ(outcome(nested(31, R"({"S":"x"})")), nested(31, R"({"S":"x"})"));
  const std::string kDeep =
      "invalid: Nesting Levels have exceeded supported limits: "
      "Attributes in the item have nested levels beyond supported limit";
  EXPECT_EQ(outcome(nested(32, R"({"S":"x"})")), kDeep);
  EXPECT_EQ(outcome(nested(400, R"({"S":"x"})")), kDeep);
}

TEST(ItemCodec, WeighsItemsAsAws) {
  const std::vector<std::pair<std::string, std::size_t>> cases = {
      {R"({})", 0},
      {R"({"a":{"S":"bc"}})", 3},
      {R"({"a":{"S":"é"}})", 3},
      {R"({"a":{"N":"123"}})", 4},
      {R"({"a":{"B":"AP8="}})", 3},
      {R"({"a":{"BOOL":true},"b":{"NULL":true}})", 4},
      {R"({"a":{"SS":["x","yz"]},"b":{"NS":["1","22"]},"c":{"BS":["AA=="]}})", 4 + 5 + 2},
      {R"({"a":{"L":[]},"b":{"M":{}}})", 8},
      {R"({"a":{"L":[{"S":"xy"},{"NULL":true}]}})", 1 + 3 + 2 + 2 + 1},
      {R"({"a":{"M":{"k":{"S":"xy"}}}})", 1 + 3 + 1 + 1 + 2},
  };
  for (const auto& [json, size] : cases)
    EXPECT_EQ(item_size(item_of(json)), size) << json;
}

TEST(ItemCodec, StoresItemsAsTheirJson) {
  const std::string json =
      R"({"id":{"S":"1"},"n":{"N":"3.5"},"m":{"M":{"l":{"L":[{"BOOL":false},{"BS":["AA=="]}]}}}})";
  Item item = item_of(json);
  std::string stored = encode_stored(item);
  EXPECT_EQ(stored_json(stored), json);
  EXPECT_EQ(stored_size(stored), item_size(item));
  EXPECT_EQ(stored[0], '\1');
  auto back = decode_stored(stored);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, item);
  Item large;
  large.set("id", Value{String{std::string(400000, 'x')}});
  EXPECT_EQ(*decode_stored(encode_stored(large)), large);
  EXPECT_EQ(stored_size(encode_stored(large)), 400002u);
}

TEST(ItemCodec, AnswersCorruptForWhatIsNoStoredItem) {
  for (std::string bytes :
       {std::string(), std::string("\2\5{}"), std::string("\1"), std::string("\1\5"), std::string("\1\5{"),
        std::string("\1\5[]"), std::string("\1\5{\"a\":1}"), std::string("\1\5{\"a\":{\"S\":1}}"),
        std::string("\1\5{\"a\":{\"Q\":\"1\"}}"), std::string("\1\xff\xff\xff\xff\xff\xff{}")}) {
    EXPECT_FALSE(decode_stored(bytes)) << bytes;
  }
}

// Random values that AWS would accept.
Value random_value(std::mt19937_64& random, int depth) {
  auto text = [&] {
    std::string s;
    for (auto n = random() % 30; n > 0; --n)
      s += static_cast<char>(random() % 5 ? 'a' + random() % 26 : random() % 0x80);
    return s;
  };
  switch (random() % (depth > 3 ? 7 : 10)) {
    case 0:
      return Value{Null{}};
    case 1:
      return Value{random() % 2 == 0};
    case 2:
      return Value{Number{std::to_string(static_cast<std::int64_t>(random()))}};
    case 3:
      return Value{Binary{text()}};
    case 4:
      return Value{StringSet{{"a" + text(), "b" + text()}}};
    case 5:
      return Value{NumberSet{{"1", "-2.5"}}};
    case 6:
      return Value{String{text()}};
    case 7:
      return Value{BinarySet{{"a" + text(), "b" + text()}}};
    case 8: {
      List list;
      for (auto n = random() % 5; n > 0; --n)
        list.members.push_back(random_value(random, depth + 1));
      return Value{std::move(list)};
    }
    default: {
      Map map;
      for (auto n = random() % 5; n > 0; --n)
        map.set(text(), random_value(random, depth + 1));
      return Value{std::move(map)};
    }
  }
}

TEST(ItemCodec, GivesRandomItemsBack) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 500; ++round) {
    Item item;
    for (int i = 0; i < 6; ++i)
      item.set(std::string(1, static_cast<char>('a' + i)), random_value(random, 1));
    std::string json = to_json(item);
    Item decoded = item_of(json);
    ASSERT_EQ(decoded, item) << json;
    ASSERT_EQ(*decode_stored(encode_stored(item)), item) << json;
    ASSERT_EQ(to_json(decoded), json);
  }
}

}  // namespace
}  // namespace millrace::table
