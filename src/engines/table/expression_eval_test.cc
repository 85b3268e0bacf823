#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engines/table/expression.h"
#include "engines/table/item_codec.h"
#include "engines/table/item_testing.h"

namespace millrace::table {
namespace {

constexpr std::string_view kItem = R"({
  "s":{"S":"hello"}, "n":{"N":"5"}, "b":{"B":"AQID"}, "t":{"BOOL":true}, "z":{"NULL":true}, "e":{"S":""},
  "u":{"S":"abÿ"}, "w":{"S":"a😀"},
  "ss":{"SS":["x","y"]}, "ns":{"NS":["1","2"]}, "bs":{"BS":["AQ=="]},
  "l":{"L":[{"S":"a"},{"N":"7"},{"M":{"k":{"S":"deep"}}}]}, "m":{"M":{"x":{"N":"1"},"y.z":{"S":"dot"}}}})";
constexpr std::string_view kValues = R"({
  ":hello":{"S":"hello"}, ":he":{"S":"he"}, ":ell":{"S":"ell"}, ":a":{"S":"a"}, ":x":{"S":"x"}, ":z":{"S":"zzz"},
  ":5":{"N":"5"}, ":7":{"N":"7"}, ":1":{"N":"1"}, ":3":{"N":"3"}, ":b":{"B":"AQ=="}, ":t":{"BOOL":true},
  ":null":{"NULL":true}, ":set":{"SS":["y","x"]}, ":S":{"S":"S"}, ":L":{"S":"L"}, ":map":{"M":{"k":{"S":"deep"}}},
  ":empty":{"S":""}, ":0":{"N":"0"}})";

bool holds(std::string_view text) {
  static const Item item = item_from_json(kItem);
  static const Item values = item_from_json(kValues);
  const std::vector<std::pair<std::string, std::string>> names = {{"#yz", "y.z"}};
  Placeholders placeholders(&names, &values);
  auto condition = parse_condition(ConditionKind::kFilter, text, placeholders);
  EXPECT_TRUE(condition) << condition.error().message;
  return condition && condition->matches(item);
}

TEST(Conditions, Hold) {
  for (std::string text : {"s = :hello",
                           "s <> :he",
                           "nowhere <> :he",
                           "n = :5",
                           "n < :7",
                           "n <= :5",
                           "n > :3",
                           "n >= :5",
                           "s > :he",
                           "n between :3 and :7",
                           "n between :5 and :5",
                           "s in (:a, :hello)",
                           "n in (:5)",
                           "attribute_exists(s)",
                           "attribute_exists(l[2].k)",
                           "attribute_exists(m.#yz)",
                           "attribute_not_exists(nowhere)",
                           "attribute_not_exists(l[3])",
                           "attribute_not_exists(s.x)",
                           "attribute_not_exists(m[0])",
                           "attribute_type(s, :S)",
                           "attribute_type(l, :L)",
                           "begins_with(s, :he)",
                           "begins_with(s, :empty)",
                           "begins_with(b, :b)",
                           "contains(s, :ell)",
                           "contains(ss, :x)",
                           "contains(ns, :1)",
                           "contains(bs, :b)",
                           "contains(b, :b)",
                           "contains(l, :a)",
                           "contains(l, :7)",
                           "contains(l, :map)",
                           "size(s) = :5",
                           "size(u) = :3",
                           "size(w) = :3",
                           "size(b) = :3",
                           "size(e) = :0",
                           "size(ss) < :3",
                           "size(l) = :3",
                           "size(m) > :1",
                           "t = :t",
                           "z = :null",
                           "ss = :set",
                           "l[1] = :7",
                           "l[2] = :map",
                           "m.x = :1",
                           "not s = :he",
                           "s = :he or n = :5",
                           "s = :hello and n = :5",
                           "not (s = :he and n = :5)",
                           "(s = :he or n = :5) and t = :t",
                           ":5 = n",
                           ":3 < n",
                           "n between m.x and l[1]",
                           "l[0] < s",
                           "not nowhere = :5"}) {
    EXPECT_TRUE(holds(text)) << text;
  }
}

TEST(Conditions, DoNotHold) {
  for (std::string text : {"s = :he",
                           "s <> :hello",
                           "nowhere = :5",
                           "s = :5",
                           "s < :5",
                           "nowhere < :5",
                           "n > :5",
                           "n between :7 and :7",
                           "s between :3 and :7",
                           "s in (:a, :he)",
                           "nowhere in (:a)",
                           "attribute_exists(nowhere)",
                           "attribute_not_exists(s)",
                           "attribute_type(n, :S)",
                           "attribute_type(nowhere, :S)",
                           "begins_with(s, :ell)",
                           "begins_with(nowhere, :he)",
                           "begins_with(n, :he)",
                           "contains(s, :z)",
                           "contains(s, :5)",
                           "contains(ss, :1)",
                           "contains(ns, :x)",
                           "contains(nowhere, :x)",
                           "contains(m, :x)",
                           "size(n) = :1",
                           "size(nowhere) = :0",
                           "size(t) = :1",
                           "t < :5",
                           "nowhere = absent",
                           "not s = :hello",
                           "s = :hello and n = :3",
                           "m = l"}) {
    EXPECT_FALSE(holds(text)) << text;
  }
}

// A second, plain reading of conditions: random trees are built as text and as their truth side by side.
struct Sampled {
  std::string text;
  bool truth;
};

Sampled sample(std::mt19937_64& random, int depth) {
  auto pick = [&](int n) { return static_cast<int>(random() % n); };
  if (depth == 0 || pick(4) == 0) {
    int left = pick(4);
    int right = pick(4);
    static constexpr std::string_view kOperators[] = {"=", "<>", "<", "<=", ">", ">="};
    int which = pick(6);
    bool present = left < 3;  // n3 is not in the item
    bool truths[] = {present && left == right, !present || left != right, present && left < right,
                     present && left <= right, present && left > right,   present && left >= right};
    return {"n" + std::to_string(left) + " " + std::string(kOperators[which]) + " :v" + std::to_string(right),
            truths[which]};
  }
  if (pick(3) == 0) {
    Sampled inner = sample(random, depth - 1);
    return {"NOT (" + inner.text + ")", !inner.truth};
  }
  Sampled a = sample(random, depth - 1);
  Sampled b = sample(random, depth - 1);
  bool both = pick(2) == 0;
  auto wrapped = [](const Sampled& s) {
    return s.text.find(' ') == std::string::npos ? s.text : "(" + s.text + ")";
  };
  return {wrapped(a) + (both ? " and " : " OR ") + wrapped(b),
          both ? a.truth && b.truth : a.truth || b.truth};
}

TEST(Conditions, AgreeWithAPlainReading) {
  Item item = item_from_json(R"({"n0":{"N":"0"},"n1":{"N":"1"},"n2":{"N":"2"}})");
  Item values = item_from_json(R"({":v0":{"N":"0"},":v1":{"N":"1"},":v2":{"N":"2"},":v3":{"N":"3"}})");
  std::mt19937_64 random(41);
  int held = 0;
  for (int round = 0; round < 3000; ++round) {
    Sampled s = sample(random, static_cast<int>(random() % 5));
    if (s.text.size() > 4096) continue;
    Placeholders placeholders(&values);
    auto condition = parse_condition(ConditionKind::kCondition, s.text, placeholders);
    ASSERT_TRUE(condition) << s.text << ": " << condition.error().message;
    ASSERT_EQ(condition->matches(item), s.truth) << s.text;
    held += s.truth;
  }
  EXPECT_GT(held, 500);
  EXPECT_LT(held, 2500);
}

std::string projected(std::string_view text) {
  static const Item item = item_from_json(kItem);
  Placeholders placeholders(nullptr);
  auto projection = parse_projection(text, placeholders);
  EXPECT_TRUE(projection) << projection.error().message;
  return to_json(projection->apply(item));
}

TEST(Projections, TakeThePartsThatExist) {
  EXPECT_EQ(projected("s, nowhere, n"), R"({"s":{"S":"hello"},"n":{"N":"5"}})");
  EXPECT_EQ(projected("nowhere, absent.a"), "{}");
  EXPECT_EQ(projected("l[1]"), R"({"l":{"L":[{"N":"7"}]}})");
  EXPECT_EQ(projected("l[2].k, l[0], n, l[9]"),
            R"({"l":{"L":[{"S":"a"},{"M":{"k":{"S":"deep"}}}]},"n":{"N":"5"}})");
  EXPECT_EQ(projected("m.x, l[2].nowhere"), R"({"m":{"M":{"x":{"N":"1"}}}})");
  EXPECT_EQ(projected("s.x, m[0], l.a"), "{}");
}

}  // namespace
}  // namespace millrace::table
