// What a key condition may say, and how it is bound to a table's keys.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engines/table/expression.h"
#include "engines/table/item_codec.h"
#include "engines/table/item_testing.h"

namespace millrace::table {
namespace {

// The error's message, or "ok".
std::string outcome(std::string_view text, std::string_view values) {
  const Item items = item_from_json(values);
  Placeholders placeholders(&items);
  auto condition = parse_condition(ConditionKind::kKeyCondition, text, placeholders);
  if (!condition) return condition.error().message;
  auto conditions = key_conditions_of(*condition);
  return conditions ? "ok" : conditions.error().message;
}

TEST(KeyConditions, HaveTheirOwnRules) {
  const std::string kValues = R"({":a":{"N":"1"},":b":{"N":"2"}})";
  const std::string kOperator = "Invalid operator used in KeyConditionExpression: ";
  const std::string kCondition = "Invalid condition in KeyConditionExpression: ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a > b and size(b) > c or a > c", kOperator + "OR"},
      {"a in (b, size(c), d)", kOperator + "IN"},
      {"attribute_exists(a)", kOperator + "attribute_exists"},
      {"contains(a.d, b)", kOperator + "contains"},
      {"not a > b", kOperator + "NOT"},
      {"a <> b", kOperator + "<>"},
      {":a between size(b) and size(a) and b > :b",
       kCondition + "BETWEEN operator must have the key attribute as its first operand"},
      {"size(b) > a AND a.b > b AND b > c", "KeyConditionExpressions cannot contain nested operations"},
      {"a > size(b.d)", "KeyConditionExpressions cannot contain nested operations"},
      {"a between size(b) and size(a)", "KeyConditionExpressions cannot contain nested operations"},
      {"b > a.b", kCondition + "Multiple attribute names used in one condition"},
      {"b between c[1] and d", kCondition + "Multiple attribute names used in one condition"},
      {"begins_with(a, b)", kCondition + "Multiple attribute names used in one condition"},
      {"b.d > a AND c.d > e.f", "KeyConditionExpressions cannot have conditions on nested attributes"},
      {"b[0] > a", "KeyConditionExpressions cannot have conditions on nested attributes"},
      {":b > :a AND a < :b", kCondition + "No key attribute specified"},
      {"b > :a AND b < :a and c = :a and d = :a",
       "KeyConditionExpressions must only contain one condition per key"},
      {"(a > :a and b > :a) and (b > :a and c > :a)",
       "KeyConditionExpressions must only contain one condition per key"},
      {"a = :a and b = :a and c = :a", "ok"},  // how many there may be depends on the index
      {"a = :a and :b >= b", "ok"},
      {"(a = :a AND (b = :b))", "ok"},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(outcome(text, kValues), expected) << text;
}

std::string bound(std::string_view text, std::string_view values, const KeySchemaView& schema) {
  Item items = item_from_json(values);
  Placeholders placeholders(&items);
  auto condition = parse_condition(ConditionKind::kKeyCondition, text, placeholders);
  if (!condition) return condition.error().message;
  auto conditions = key_conditions_of(*condition);
  if (!conditions) return conditions.error().message;
  auto query = bind_key_conditions(*conditions, schema);
  if (!query) return query.error().message;
  std::string shown;
  for (const Value* value : query->partition)
    append_json(shown, *value);
  for (const KeyCondition& sort : query->sort) {
    shown += " " + std::to_string(static_cast<int>(sort.comparison));
    append_json(shown, *sort.low);
    if (sort.high) append_json(shown, *sort.high);
  }
  return shown;
}

TEST(KeyConditions, AreBoundToASchema) {
  const KeySchemaView both{.partition_name = "h", .sort_name = "r", .sort_type = KeyType::kNumber};
  const KeySchemaView one{.partition_name = "h"};
  const std::string kValues = R"({":h":{"S":"x"},":n":{"N":"1"},":m":{"N":"2"},":e":{"S":""}})";
  EXPECT_EQ(bound("h = :h", kValues, both), R"({"S":"x"})");
  EXPECT_EQ(bound(":n < r AND :h = h", kValues, both),
            R"({"S":"x"} )" + std::to_string(static_cast<int>(Comparison::kGt)) + R"({"N":"1"})");
  EXPECT_EQ(
      bound("r between :n and :m and h = :h", kValues, both),
      R"({"S":"x"} )" + std::to_string(static_cast<int>(Comparison::kBetween)) + R"({"N":"1"}{"N":"2"})");
  EXPECT_EQ(bound("r = :n", kValues, both), "Query condition missed key schema element: h");
  EXPECT_EQ(bound("h = :h and x = :n", kValues, both), "Query condition missed key schema element: r");
  EXPECT_EQ(bound("h = :h and x = :n", kValues, one), "Query key condition not supported");
  EXPECT_EQ(bound("h > :h", kValues, both), "Query key condition not supported");
  EXPECT_EQ(bound("h = :n", kValues, both),
            "One or more parameter values were invalid: Condition parameter type does not match schema type");
  EXPECT_EQ(bound("h = :h and r = :h", kValues, both),
            "One or more parameter values were invalid: Condition parameter type does not match schema type");
  EXPECT_EQ(bound("h = :h and r = :n and x = :n", kValues, both), "Conditions can be of length 1 or 2 only");
  EXPECT_EQ(bound("h = :e", kValues, both),
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
            "contain an empty "
            "string value. Key: h");
}

TEST(KeyConditions, OfSeveralAttributesAreBoundFromTheLeft) {
  const std::vector<KeyAttribute> partitions = {{"i", KeyType::kNumber}};
  const std::vector<KeyAttribute> sorts = {{"s", KeyType::kNumber}, {"t", KeyType::kString}};
  const KeySchemaView schema{
      .partition_name = "h", .sort_name = "r", .more_partition = partitions, .more_sort = sorts};
  const std::string kValues = R"({":h":{"S":"x"},":n":{"N":"1"},":m":{"N":"2"},":e":{"S":""}})";
  const std::string eq = " " + std::to_string(static_cast<int>(Comparison::kEq));
  const std::string x = R"({"S":"x"})", n = R"({"N":"1"})";
  const auto gap = [](std::string_view missing, std::string_view present) {
    return "RANGE key attributes " + std::string(missing) +
           " must have equality conditions specified in the query because a condition is present on key "
           "attribute " +
           std::string(present);
  };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"i = :n and h = :h", x + n},
      {"h = :h and i = :n and r = :h", x + n + eq + x},
      {"s = :n and r = :h and t = :h and h = :h and i = :n", x + n + eq + x + eq + n + eq + x},
      {"h = :h and i = :n and r = :h and s between :n and :m",
       x + n + eq + x + " " + std::to_string(static_cast<int>(Comparison::kBetween)) + n + R"({"N":"2"})"},
      {"h = :h", "Query condition missed key schema element: i"},
      {"i = :n and r = :h", "Query condition missed key schema element: h"},
      {"h = :h and i > :n", "Query key condition not supported"},
      {"h = :h and i = :n and s = :n", gap("r", "s")},
      {"h = :h and i = :n and t = :h", gap("r, s", "t")},
      {"h = :h and i = :n and r > :h and s = :n", gap("r", "s")},
      {"h = :h and i = :n and begins_with(r, :h) and t = :h", gap("r, s", "t")},
      {"h = :h and i = :n and x = :n", "Query condition missed key schema element: r"},
      {"h = :h and i = :n and r = :h and s = :n and t = :h and x = :n", "Query key condition not supported"},
      {"h = :h and i = :h",
       "One or more parameter values were invalid: Condition parameter type does not match schema type"},
      {"h = :h and i = :n and r = :e",
       "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
       "empty string value. Key: r"},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(bound(text, kValues, schema), expected) << text;
}

TEST(KeyConditions, AreCheckedByTurnsWithAStartingKey) {
  const KeySchemaView schema{.partition_name = "h", .sort_name = "r", .sort_type = KeyType::kNumber};
  const Item values = item_from_json(R"({":h":{"S":"x"},":n":{"N":"1"}})");
  auto outcome_of = [&](std::string_view text, std::string_view bad) {
    Placeholders placeholders(&values);
    auto condition = parse_condition(ConditionKind::kKeyCondition, text, placeholders);
    auto query = bind_key_conditions(*key_conditions_of(*condition), schema,
                                     [&](std::string_view name) -> base::Result<void, ExpressionError> {
                                       if (name != bad) return {};
                                       return base::fail(ExpressionError{"bad start"});
                                     });
    return query ? std::string("ok") : query.error().message;
  };
  EXPECT_EQ(outcome_of("h = :h", ""), "ok");
  EXPECT_EQ(outcome_of("h = :h", "r"), "bad start");
  EXPECT_EQ(outcome_of("z = :n", "h"), "bad start");
  EXPECT_EQ(outcome_of("z = :n", "r"), "Query condition missed key schema element: h");
  EXPECT_EQ(outcome_of("h = :h AND z = :n", "r"), "bad start");
}

}  // namespace
}  // namespace millrace::table
