// Ion and CSV: what is written reads back, what is wrong is refused with a reason.
#include "engines/table/item_import.h"

#include <random>

#include <gtest/gtest.h>

#include "engines/table/csv.h"
#include "engines/table/item_codec.h"
#include "engines/table/item_ion.h"
#include "engines/table/item_testing.h"

namespace millrace::table {
namespace {

std::string ion(const Item& item) {
  std::string out;
  append_ion(out, item);
  return out;
}

TEST(ItemIon, EveryTypeIsWrittenAsDynamoDbWritesItAndReadsBack) {
  const Item item = item_from_json(
      R"({"Authors":{"SS":["Author1","Author2"]},"Id":{"N":"103"},"Price":{"N":"-10.25"},"Stock":{"BOOL":false},)"
      R"("none":{"NULL":true},"blob":{"B":"aGVsbG8="},"blobs":{"BS":["AA==","aGVsbG8="]},"nums":{"NS":["1","2.5"]},)"
      R"("list":{"L":[{"S":"x"},{"L":[]},{"M":{}}]},"odd name":{"M":{"null":{"S":""},"$1":{"S":"\"\\\n\u0001é"},"a.b":{"N":"0"}}}})");
  const std::string text = ion(item);
  EXPECT_EQ(text,
            R"({Authors:$dynamodb_SS::["Author1","Author2"],Id:103.,Price:-10.25,Stock:false,none:null,)"
            R"(blob:{{aGVsbG8=}},blobs:$dynamodb_BS::[{{AA==}},{{aGVsbG8=}}],nums:$dynamodb_NS::[1.,2.5],)"
            R"(list:["x",[],{}],'odd name':{'null':"",'$1':"\"\\\n\x01é",'a.b':0.}})");
  ItemReader reader;
  auto back = reader.ion("$ion_1_0 {Item:" + text + "}");
  ASSERT_TRUE(back) << back.error();
  EXPECT_EQ(*back, item);
}

Value random_value(std::mt19937& dice, int depth) {
  const auto text = [&dice] {
    std::string out;
    for (int n = static_cast<int>(dice() % 6); n > 0; --n)
      out += std::vector<std::string>{
          "a", "\"", "'", "\\", "\n", "é", "\U0001F600", "{", "\x7f", "\t"}[dice() % 10];
    return out;
  };
  switch (dice() % (depth > 0 ? 8 : 6)) {
    case 0:
      return {Null{}};
    case 1:
      return {dice() % 2 == 0};
    case 2:
      return {Number{std::to_string(static_cast<int>(dice() % 2000) - 1000)}};
    case 3:
      return {Binary{text()}};
    case 4:
      return {StringSet{{"a" + text(), "b" + text()}}};
    case 5:
      return {String{text()}};
    case 6: {
      List list;
      for (int n = static_cast<int>(dice() % 4); n > 0; --n)
        list.members.push_back(random_value(dice, depth - 1));
      return {std::move(list)};
    }
    default: {
      Map map;
      for (int n = static_cast<int>(dice() % 4); n > 0; --n)
        map.set("k" + text(), random_value(dice, depth - 1));
      return {std::move(map)};
    }
  }
}

TEST(ItemIon, RandomItemsReadBack) {
  std::mt19937 dice(8);
  ItemReader reader;
  for (int i = 0; i < 400; ++i) {
    Item item;
    for (int n = 0; n < 4; ++n)
      item.set("name" + std::to_string(n), random_value(dice, 3));
    auto back = reader.ion("$ion_1_0 {Item:" + ion(item) + "}");
    ASSERT_TRUE(back) << back.error() << ion(item);
    ASSERT_EQ(*back, item) << ion(item);
  }
}

TEST(ItemIon, ReadsWhatOthersWrite) {
  ItemReader reader;
  auto read = reader.ion(
      " /* by hand */ $ion_1_0 { Item : { PageCount:6d2, 'Price':2d3, \"Big\":1_000, f:1.5e3, half:5., "
      "t:null.string,"
      " long:'''two ''' '''pieces''', esc:\"\\u00e9\\x41\\U0001F600\\ud83d\\ude00\", note::marked:1 , } }  "
      "// end");
  ASSERT_FALSE(read);  // an annotation stands before values, not names
  read = reader.ion(
      " /* by hand */ $ion_1_0 { Item : { PageCount:6d2, 'Price':2d3, \"Big\":1_000, f:1.5e3, half:5., "
      "t:null.string,"
      " long:'''two ''' '''pieces''', esc:\"\\u00e9\\x41\\U0001F600\\ud83d\\ude00\", marked:note::1 , } }  "
      "// end");
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, item_from_json(
                       R"({"PageCount":{"N":"600"},"Price":{"N":"2000"},"Big":{"N":"1000"},"f":{"N":"1500"},)"
                       R"("half":{"N":"5"},"t":{"NULL":true},"long":{"S":"two pieces"},"esc":{"S":"éA😀😀"},)"
                       R"("marked":{"N":"1"}})"));
}

TEST(ItemIon, WhatDynamoDbDoesNotHaveIsRefused) {
  ItemReader reader;
  for (const char* bad : {"",
                          "$ion_1_0",
                          "{}",
                          "{Item:1}",
                          "{Item:{a:symbol}}",
                          "{Item:{a:2026-11-21T}}",
                          "{Item:{a:0x10}}",
                          "{Item:{a:nan}}",
                          "{Item:{a:(1 2)}}",
                          "{Item:{a:{{\"clob\"}}}}",
                          "{Item:{a:{{!}}}}",
                          "{Item:{a:\"x}}",
                          "{Item:{a:[1,}}",
                          "{Item:{a:$dynamodb_SS::[1.]}}",
                          "{Item:{a:$dynamodb_SS::\"x\"}}",
                          "{Item:{a:$dynamodb_XX::[1.]}}",
                          "{Item:{a:$dynamodb_SS::[]}}",
                          "{Item:{a:$dynamodb_NS::[1.,1.0]}}",
                          "{Item:{a:1.}} {Item:{a:2.}}",
                          "{Item:{a:\"\\q\"}}",
                          "{Item:{a:\"\\ud800\"}}",
                          "{Item:{a:'x'}}",
                          "{Item:{a:1.1.1}}",
                          "{Item:{a:--1}}",
                          "{Item:{a:1d999}}",
                          "{Item:{a 1}}",
                          "{Item:{a:\"\xff\"}}"})
    EXPECT_FALSE(reader.ion(bad)) << bad;
  const std::string deep(200, '[');
  EXPECT_FALSE(reader.ion("{Item:{a:" + deep + "}}"));
}

TEST(ItemImport, LinesOfDynamoDbJsonAreChecked) {
  ItemReader reader;
  auto read = reader.dynamodb_json(R"( {"Item":{"a":{"N":"1.50"}}} )");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, item_from_json(R"({"a":{"N":"1.5"}})"));
  for (const char* bad : {"", "x", "[]", "{}", R"({"Item":1})", R"({"Item":{"a":{"N":"x"}}})",
                          R"({"Item":{"a":{"S":1}}})", R"({"a":{"S":"x"}})"})
    EXPECT_FALSE(reader.dynamodb_json(bad)) << bad;
}

TEST(ItemImport, RecordsOfCsvHaveTheirColumnsTypes) {
  ItemReader reader;
  const std::vector<CsvColumn> columns = {{"id", "N"}, {"name"}, {"key", "B"}, {"color", "S", true}};
  auto read = reader.csv({"7", "", "AA==", ""}, columns);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, item_from_json(R"({"id":{"N":"7"},"name":{"S":""},"key":{"B":"AA=="}})"));
  EXPECT_FALSE(reader.csv({"x", "", "AA==", ""}, columns));
  EXPECT_FALSE(reader.csv({"1", "", "?", ""}, columns));
  EXPECT_FALSE(reader.csv({"1", "\xff", "AA==", ""}, columns));
  EXPECT_EQ(reader.csv({"1", "2"}, columns).error(), "The record has 2 values and the header 4 columns");
}

std::vector<std::vector<std::string>> records(std::string_view text, char delimiter, std::size_t piece) {
  std::vector<std::vector<std::string>> found;
  std::string held;
  for (bool is_all = false; !is_all;) {
    held += text.substr(0, piece);
    text.remove_prefix(std::min(piece, text.size()));
    is_all = text.empty();
    while (!held.empty()) {
      const auto record = take_csv_record(held, delimiter, is_all);
      if (!record) break;
      EXPECT_GT(record->size, 0u);
      held.erase(0, record->size);
      if (!record->error.empty())
        found.push_back({"!" + record->error});
      else if (!record->fields.empty())
        found.push_back(record->fields);
    }
  }
  EXPECT_TRUE(held.empty());
  return found;
}

TEST(Csv, RecordsAreTheSameHoweverTheTextIsCut) {
  using Records = std::vector<std::vector<std::string>>;
  const std::string text =
      "id,name\r\n1,\"a, \"\"b\"\"\nc\"\n\n2,\n,\n\"\",\"x\"\r\n\"q\"z,1\n3,a\"b\n4,d\re\n5,\"last\"";
  const Records wanted = {{"id", "name"},
                          {"1", "a, \"b\"\nc"},
                          {"2", ""},
                          {"", ""},
                          {"", "x"},
                          {"!something follows a quoted value"},
                          {"!a quote stands inside of a value"},
                          {"4", "d\re"},
                          {"5", "last"}};
  for (const std::size_t piece : {1u, 2u, 3u, 7u, 1000u})
    EXPECT_EQ(records(text, ',', piece), wanted) << piece;
  EXPECT_EQ(records("a;b,c\n", ';', 1), (Records{{"a", "b,c"}}));
  EXPECT_EQ(records("a\t\tb", '\t', 1), (Records{{"a", "", "b"}}));
  EXPECT_EQ(records("a,\"open", ',', 2), (Records{{"!a quoted value has no end"}}));
  EXPECT_EQ(records("a,\"open\nb,c\n", ',', 100), (Records{{"!a quoted value has no end"}}));
}

}  // namespace
}  // namespace millrace::table
