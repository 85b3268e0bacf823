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
      {"a = :a and b = :a and c = :a", "Conditions can be of length 1 or 2 only"},
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
  append_json(shown, *query->partition);
  if (query->sort) {
    shown += " " + std::to_string(static_cast<int>(query->sort->comparison));
    append_json(shown, *query->sort->low);
    if (query->sort->high) append_json(shown, *query->sort->high);
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
  EXPECT_EQ(bound("h = :e", kValues, both),
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
            "contain an empty "
            "string value. Key: h");
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
