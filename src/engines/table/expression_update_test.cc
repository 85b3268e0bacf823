#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engines/table/expression.h"
#include "engines/table/item_codec.h"
#include "engines/table/item_testing.h"

namespace millrace::table {
namespace {

struct Case {
  std::string text, before, after;  // after: JSON of the item, or the error's message
};

constexpr std::string_view kValues =
    R"({":1":{"N":"1"},":2":{"N":"2.5"},":s":{"S":"new"},":l":{"L":[{"S":"x"}]},
  ":m":{"M":{"k":{"N":"1"}}},":ss":{"SS":["b","c"]},":ns":{"NS":["1"]},":big":{"N":"9E125"},":tiny":{"N":"1E-130"}})";

std::string updated(const std::string& text, const std::string& before) {
  static const Item values = item_from_json(kValues);
  Placeholders placeholders(&values);
  auto update = parse_update(text, placeholders);
  if (!update) return update.error().message;
  auto after = update->apply(item_from_json(before));
  return after ? to_json(*after) : after.error().message;
}

void expect(const std::vector<Case>& cases) {
  for (const auto& c : cases)
    EXPECT_EQ(updated(c.text, c.before), c.after) << c.text;
}

const std::string kMissing = "The provided expression refers to an attribute that does not exist in the item";
const std::string kType = "An operand in the update expression has an incorrect data type";
const std::string kPath = "The document path provided in the update expression is invalid for update";

TEST(Updates, Set) {
  expect({
      {"SET a = :s", R"({"k":{"S":"1"}})", R"({"k":{"S":"1"},"a":{"S":"new"}})"},
      {"SET a = :s", R"({"a":{"N":"1"},"b":{"N":"2"}})", R"({"a":{"S":"new"},"b":{"N":"2"}})"},
      {"SET a = b, b = a", R"({"a":{"N":"1"},"b":{"N":"2"}})", R"({"a":{"N":"2"},"b":{"N":"1"}})"},
      {"SET a = a + :1", R"({"a":{"N":"1"}})", R"({"a":{"N":"2"}})"},
      {"SET a = :2 - a", R"({"a":{"N":"1"}})", R"({"a":{"N":"1.5"}})"},
      {"SET a = (a - :1)", R"({"a":{"N":"1"}})", R"({"a":{"N":"0"}})"},
      {"SET a = if_not_exists(a, :1)", R"({"a":{"S":"old"}})", R"({"a":{"S":"old"}})"},
      {"SET a = if_not_exists(a, :1)", R"({})", R"({"a":{"N":"1"}})"},
      {"SET a = if_not_exists(b, :1) + :1", R"({})", R"({"a":{"N":"2"}})"},
      {"SET a = if_not_exists(b, if_not_exists(c, :s))", R"({"c":{"N":"3"}})",
       R"({"c":{"N":"3"},"a":{"N":"3"}})"},
      {"SET a = list_append(a, :l)", R"({"a":{"L":[{"N":"1"}]}})", R"({"a":{"L":[{"N":"1"},{"S":"x"}]}})"},
      {"SET a = list_append(:l, if_not_exists(a, :l))", R"({})", R"({"a":{"L":[{"S":"x"},{"S":"x"}]}})"},
      {"SET m.x = :1, m.y = :s", R"({"m":{"M":{"y":{"N":"0"}}}})",
       R"({"m":{"M":{"y":{"S":"new"},"x":{"N":"1"}}}})"},
      {"SET l[0] = :1", R"({"l":{"L":[{"S":"a"},{"S":"b"}]}})", R"({"l":{"L":[{"N":"1"},{"S":"b"}]}})"},
      {"SET l[9] = :s, l[5] = :1", R"({"l":{"L":[{"S":"a"}]}})",
       R"({"l":{"L":[{"S":"a"},{"N":"1"},{"S":"new"}]}})"},
      {"SET l[1] = l[0], l[0] = l[1]", R"({"l":{"L":[{"S":"a"},{"S":"b"}]}})",
       R"({"l":{"L":[{"S":"b"},{"S":"a"}]}})"},
      {"SET l[0].k = :1", R"({"l":{"L":[{"M":{}}]}})", R"({"l":{"L":[{"M":{"k":{"N":"1"}}}]}})"},
      {"SET a = nowhere", R"({})", kMissing},
      {"SET a = a + :1", R"({})", kMissing},
      {"SET a = b[2]", R"({"b":{"L":[]}})", kMissing},
      {"SET a = b + :1", R"({"b":{"S":"1"}})", kType},
      {"SET a = list_append(b, :l)", R"({"b":{"S":"1"}})", kType},
      {"SET a = if_not_exists(b, :1) + :1", R"({"b":{"S":"x"}})", kType},
      {"SET m.x = :1", R"({})", kPath},
      {"SET m.x = :1", R"({"m":{"S":"text"}})", kPath},
      {"SET m[0] = :1", R"({"m":{"M":{}}})", kPath},
      {"SET l.x = :1", R"({"l":{"L":[]}})", kPath},
      {"SET l[5].x = :1", R"({"l":{"L":[]}})", kPath},
      {"SET a = :big + :big", R"({})",
       "Number overflow. Attempting to store a number with magnitude larger than supported range"},
      {"SET a = :big + :1", R"({})", "Attempting to store more than 38 significant digits in a Number"},
      {"SET a = b - :tiny", R"({"b":{"N":"1.1E-130"}})",
       "Number underflow. Attempting to store a number with magnitude smaller than supported range"},
  });
}

TEST(Updates, Remove) {
  const std::string list = R"({"l":{"L":[{"S":"a"},{"S":"b"},{"S":"c"},{"S":"d"}]}})";
  expect({
      {"REMOVE a, c", R"({"a":{"N":"1"},"b":{"N":"2"}})", R"({"b":{"N":"2"}})"},
      {"REMOVE m.x", R"({"m":{"M":{"x":{"N":"1"}}}})", R"({"m":{"M":{}}})"},
      {"REMOVE m.z", R"({"m":{"M":{"x":{"N":"1"}}}})", R"({"m":{"M":{"x":{"N":"1"}}}})"},
      {"REMOVE l[0], l[2]", list, R"({"l":{"L":[{"S":"b"},{"S":"d"}]}})"},
      {"REMOVE l[2], l[0], l[7]", list, R"({"l":{"L":[{"S":"b"},{"S":"d"}]}})"},
      {"REMOVE l[0] SET l[1] = :1, l[8] = :s", list,
       R"({"l":{"L":[{"N":"1"},{"S":"c"},{"S":"d"},{"S":"new"}]}})"},
      {"REMOVE l[0] SET l[1][5] = :1", R"({"l":{"L":[{"S":"a"},{"L":[]}]}})",
       R"({"l":{"L":[{"L":[{"N":"1"}]}]}})"},
      {"REMOVE l[0][1], l[1]", R"({"l":{"L":[{"L":[{"N":"1"},{"N":"2"}]},{"S":"b"}]}})",
       R"({"l":{"L":[{"L":[{"N":"1"}]}]}})"},
      {"REMOVE m.x", R"({})", kPath},
      {"REMOVE m[0]", R"({"m":{"M":{}}})", kPath},
  });
}

TEST(Updates, AddAndDelete) {
  expect({
      {"ADD a :1", R"({})", R"({"a":{"N":"1"}})"},
      {"ADD a :2", R"({"a":{"N":"1"}})", R"({"a":{"N":"3.5"}})"},
      {"ADD a :ss", R"({})", R"({"a":{"SS":["b","c"]}})"},
      {"ADD a :ss", R"({"a":{"SS":["a","b"]}})", R"({"a":{"SS":["a","b","c"]}})"},
      {"ADD a :ss", R"({"a":{"SS":["d","a"]}})", R"({"a":{"SS":["a","b","c","d"]}})"},
      {"ADD m.x :1", R"({"m":{"M":{"x":{"N":"1"}}}})", R"({"m":{"M":{"x":{"N":"2"}}}})"},
      {"ADD l[0] :1", R"({"l":{"L":[{"N":"1"}]}})", R"({"l":{"L":[{"N":"2"}]}})"},
      {"ADD a :1", R"({"a":{"S":"1"}})", kType},
      {"ADD a :ns", R"({"a":{"SS":["1"]}})", kType},
      {"ADD m.x :1", R"({})", kPath},
      {"DELETE a :ss", R"({"a":{"SS":["a","b"]}})", R"({"a":{"SS":["a"]}})"},
      {"DELETE a :ss", R"({"a":{"SS":["b"]},"k":{"S":"1"}})", R"({"k":{"S":"1"}})"},
      {"DELETE a :ss", R"({"k":{"S":"1"}})", R"({"k":{"S":"1"}})"},
      {"DELETE a :ns", R"({"a":{"SS":["b"]}})", kType},
      {"DELETE a :ss", R"({"a":{"S":"b"}})", kType},
      {"DELETE m.x :ss", R"({})", kPath},
      {"SET a = :1 ADD b :1 DELETE c :ss REMOVE d",
       R"({"b":{"N":"1"},"c":{"SS":["b","z"]},"d":{"S":"gone"}})",
       R"({"b":{"N":"2"},"c":{"SS":["z"]},"a":{"N":"1"}})"},
  });
}

TEST(Updates, NeverBuildWhatCanNotBeStored) {
  Item item;
  item.set("l", Value{List{std::vector<Value>(100'000, Value{true})}});
  std::string text = "SET a = l";
  while (text.size() < 4000) {
    std::string name = "a";
    name += std::to_string(text.size());
    text.append(", ").append(name).append(" = list_append(list_append(l, l), l)");
  }
  Placeholders placeholders(nullptr);
  auto update = parse_update(text, placeholders);
  ASSERT_TRUE(update) << update.error().message;
  auto after = update->apply(item);
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().message, "Item size to update has exceeded the maximum allowed size");
}

TEST(Updates, TellWhatTheyTouched) {
  Item values = item_from_json(kValues);
  Placeholders placeholders(&values);
  auto update = parse_update("SET m.x = :1, l[1] = :s, a = :1 + :2, b = c REMOVE d ADD e :ss", placeholders);
  ASSERT_TRUE(update) << update.error().message;
  Item item = item_from_json(
      R"({"m":{"M":{"x":{"N":"1"},"y":{"N":"2"}}},"l":{"L":[{"S":"a"},{"S":"b"}]},"a":{"N":"9"},"f":{"N":"0"}})");
  EXPECT_EQ(to_json(update->updated_attributes(item)),
            R"({"m":{"M":{"x":{"N":"1"}}},"l":{"L":[{"S":"b"}]},"a":{"N":"9"}})");
  ASSERT_EQ(update->size(), 6u);
  EXPECT_EQ(describe_path(update->path(0)), "[m, x]");
  EXPECT_EQ(update->verb(4), UpdateVerb::kRemove);
  EXPECT_EQ(update->result_type(0), "N");
  EXPECT_EQ(update->result_type(1), "S");
  EXPECT_EQ(update->result_type(2), "N");
  EXPECT_EQ(update->result_type(3), "");
  EXPECT_EQ(update->result_type(4), "");
  EXPECT_EQ(update->result_type(5), "SS");
  EXPECT_EQ(update->literal(2), nullptr);
  EXPECT_EQ(update->literal(4), nullptr);
  EXPECT_EQ(update->literal(1), values.find(":s"));
}

}  // namespace
}  // namespace millrace::table
