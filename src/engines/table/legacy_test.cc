#include "engines/table/legacy.h"

#include <gtest/gtest.h>

#include "engines/table/item_codec.h"
#include "engines/table/item_testing.h"

namespace millrace::table {
namespace {

const std::string kBad = "One or more parameter values were invalid: ";

std::vector<Value> values_from_json(std::string_view json) {
  return std::get<List>(value_from_json(R"({"L":)" + std::string(json) + "}").data).members;
}

struct Filter {
  std::string comparison, values, expected;  // "true", "false", or the error's message
};

std::string filtered(const Filter& f) {
  static const Item item = item_from_json(
      R"({"a":{"S":"hello"},"n":{"N":"5"},"ss":{"SS":["x","y"]},"l":{"L":[{"S":"x"}]},"t":{"BOOL":true}})");
  std::size_t space = f.comparison.find(' ');
  std::vector<Value> values = values_from_json(f.values);
  const std::string name = f.comparison.substr(0, space);
  LegacyCondition condition{name, *parse_comparison(f.comparison.substr(space + 1)), &values};
  auto result = condition_from_filter({&condition, 1}, ConditionalOperator::kAnd);
  if (!result) return result.error().message;
  return result->matches(item) ? "true" : "false";
}

TEST(LegacyFilter, ComparesAsAws) {
  const std::vector<Filter> cases = {
      {"a EQ", R"([{"S":"hello"}])", "true"},
      {"a NE", R"([{"S":"hello"}])", "false"},
      {"missing NE", R"([{"S":"hello"}])", "true"},
      {"n LT", R"([{"N":"6"}])", "true"},
      {"n LE", R"([{"N":"5"}])", "true"},
      {"n GT", R"([{"N":"5"}])", "false"},
      {"n GE", R"([{"N":"5"}])", "true"},
      {"n BETWEEN", R"([{"N":"4"},{"N":"6"}])", "true"},
      {"n IN", R"([{"N":"4"},{"N":"5"}])", "true"},
      {"a BEGINS_WITH", R"([{"S":"he"}])", "true"},
      {"a CONTAINS", R"([{"S":"ell"}])", "true"},
      {"ss CONTAINS", R"([{"S":"x"}])", "true"},
      {"ss NOT_CONTAINS", R"([{"S":"x"}])", "false"},
      {"missing NOT_CONTAINS", R"([{"S":"x"}])", "true"},
      {"a NULL", "[]", "false"},
      {"missing NULL", "[]", "true"},
      {"a NOT_NULL", "[]", "true"},
      {"ss EQ", R"([{"SS":["y","x"]}])", "true"},
      {"t EQ", R"([{"BOOL":true}])", "true"},
      {"a EQ", "[]", kBad + "Invalid number of argument(s) for the EQ ComparisonOperator"},
      {"a NULL", R"([{"S":"a"}])", kBad + "Invalid number of argument(s) for the NULL ComparisonOperator"},
      {"a BETWEEN", R"([{"S":"a"}])",
       kBad + "Invalid number of argument(s) for the BETWEEN ComparisonOperator"},
      {"a IN", "[]", kBad + "Invalid number of argument(s) for the IN ComparisonOperator"},
      {"a IN", R"([{"S":"a"},{"N":"1"}])",
       kBad + "AttributeValues inside AttributeValueList must be of same type"},
      {"a LT", R"([{"BOOL":true}])",
       kBad + "ComparisonOperator LT is not valid for BOOL AttributeValue type"},
      {"a BEGINS_WITH", R"([{"N":"1"}])",
       kBad + "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type"},
      {"a BETWEEN", R"([{"S":"b"},{"S":"a"}])",
       "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"},
      {"a EQ", R"([{"SS":[]}])", kBad + "An string set  may not be empty"},
  };
  for (const auto& c : cases) {
    Filter f = c;
    EXPECT_EQ(filtered(f), c.expected) << c.comparison << c.values;
  }
}

TEST(LegacyFilter, JoinsByTheConditionalOperator) {
  Item item = item_from_json(R"({"a":{"N":"1"},"b":{"N":"2"}})");
  std::vector<Value> one = values_from_json(R"([{"N":"1"}])");
  const LegacyCondition both[] = {{"a", Comparison::kEq, &one}, {"b", Comparison::kEq, &one}};
  EXPECT_FALSE(condition_from_filter(both, ConditionalOperator::kAnd)->matches(item));
  EXPECT_TRUE(condition_from_filter(both, ConditionalOperator::kOr)->matches(item));
  EXPECT_TRUE(condition_from_filter({}, ConditionalOperator::kAnd)->matches(item));
  EXPECT_TRUE(condition_from_filter({}, ConditionalOperator::kOr)->matches(item));
}

std::string expected_outcome(const LegacyExpected& expected) {
  static const Item item = item_from_json(R"({"a":{"S":"x"}})");
  auto result = condition_from_expected({&expected, 1}, ConditionalOperator::kAnd);
  if (!result) return result.error().message;
  return result->matches(item) ? "true" : "false";
}

TEST(LegacyExpectation, HasItsForms) {
  const Value x{String{"x"}}, y{String{"y"}};
  const std::vector<Value> list = {x};
  EXPECT_EQ(expected_outcome({.name = "a", .value = &x}), "true");
  EXPECT_EQ(expected_outcome({.name = "a", .value = &y}), "false");
  EXPECT_EQ(expected_outcome({.name = "a", .value = &x, .exists = true}), "true");
  EXPECT_EQ(expected_outcome({.name = "a", .exists = false}), "false");
  EXPECT_EQ(expected_outcome({.name = "b", .exists = false}), "true");
  EXPECT_EQ(expected_outcome({.name = "a", .comparison = Comparison::kEq, .values = &list}), "true");
  EXPECT_EQ(expected_outcome({.name = "a", .comparison = Comparison::kNe, .value = &x}), "false");
  EXPECT_EQ(expected_outcome({.name = "b", .comparison = Comparison::kNull}), "true");
  EXPECT_EQ(expected_outcome({.name = "a"}),
            kBad + "Value must be provided when Exists is null for Attribute: a");
  EXPECT_EQ(expected_outcome({.name = "a", .exists = true}),
            kBad + "Value must be provided when Exists is true for Attribute: a");
  EXPECT_EQ(expected_outcome({.name = "a", .value = &x, .exists = false}),
            kBad + "Value cannot be used when Exists is false for Attribute: a");
  EXPECT_EQ(expected_outcome({.name = "a", .values = &list, .value = &x}),
            kBad + "Value and AttributeValueList cannot be used together for Attribute: a");
  EXPECT_EQ(expected_outcome({.name = "a", .values = &list}),
            kBad + "AttributeValueList can only be used with a ComparisonOperator for Attribute: a");
  EXPECT_EQ(expected_outcome({.name = "a", .comparison = Comparison::kEq, .value = &x, .exists = true}),
            kBad + "Exists and ComparisonOperator cannot be used together for Attribute: a");
  EXPECT_EQ(expected_outcome({.name = "a", .comparison = Comparison::kLt}),
            kBad + "Value or AttributeValueList must be used with ComparisonOperator: LT for Attribute: a");
  EXPECT_EQ(expected_outcome({.name = "a", .comparison = Comparison::kBetween, .value = &x}),
            kBad + "Invalid number of argument(s) for the BETWEEN ComparisonOperator");
}

std::string updated(const LegacyUpdate& update, std::string_view before) {
  auto result = update_from_attribute_updates({&update, 1});
  if (!result) return result.error().message;
  auto after = result->apply(item_from_json(before));
  return after ? to_json(*after) : after.error().message;
}

TEST(LegacyUpdates, HaveTheirOwnRules) {
  const Value n{Number{"2"}}, s{String{"x"}}, set{StringSet{{"a", "b"}}}, list{List{{s}}};
  EXPECT_EQ(updated({.name = "a", .value = &s}, "{}"), R"({"a":{"S":"x"}})");
  EXPECT_EQ(updated({.name = "a.b", .value = &s}, "{}"), R"({"a.b":{"S":"x"}})");
  EXPECT_EQ(updated({.name = "a", .action = "ADD", .value = &n}, R"({"a":{"N":"1"}})"), R"({"a":{"N":"3"}})");
  EXPECT_EQ(updated({.name = "a", .action = "ADD", .value = &set}, R"({"a":{"SS":["b","c"]}})"),
            R"({"a":{"SS":["a","b","c"]}})");
  EXPECT_EQ(updated({.name = "a", .action = "ADD", .value = &list}, R"({"a":{"L":[{"N":"1"}]}})"),
            R"({"a":{"L":[{"N":"1"},{"S":"x"}]}})");
  EXPECT_EQ(updated({.name = "a", .action = "DELETE"}, R"({"a":{"N":"1"}})"), "{}");
  EXPECT_EQ(updated({.name = "a", .action = "DELETE", .value = &set}, R"({"a":{"SS":["b","c"]}})"),
            R"({"a":{"SS":["c"]}})");
  EXPECT_EQ(updated({.name = "a", .action = "ADD", .value = &n}, R"({"a":{"S":"1"}})"),
            "Type mismatch for attribute to update");
  EXPECT_EQ(updated({.name = "a", .action = "DELETE", .value = &set}, R"({"a":{"S":"1"}})"),
            "Type mismatch for attribute to update");
  EXPECT_EQ(updated({.name = "a"}, "{}"),
            kBad + "Only DELETE action is allowed when no attribute value is specified");
  EXPECT_EQ(updated({.name = "a", .action = "DELETE", .value = &s}, "{}"),
            kBad + "DELETE action with value is not supported for the type S");
  EXPECT_EQ(updated({.name = "a", .action = "ADD", .value = &s}, "{}"),
            kBad + "ADD action is not supported for the type S");
}

TEST(LegacyKeyConditions, BecomeKeyConditions) {
  std::vector<Value> one = values_from_json(R"([{"S":"x"}])"),
                     two = values_from_json(R"([{"N":"1"},{"N":"2"}])");
  const LegacyCondition fine[] = {{"h", Comparison::kEq, &one}, {"r", Comparison::kBetween, &two}};
  auto conditions = conditions_from_key_conditions(fine);
  ASSERT_TRUE(conditions);
  EXPECT_EQ(conditions->conditions[1].high, &two[1]);
  KeySchemaView schema{.partition_name = "h", .sort_name = "r", .sort_type = KeyType::kNumber};
  EXPECT_TRUE(bind_key_conditions(*conditions, schema));
  const LegacyCondition odd[] = {{"h", Comparison::kEq, &one}, {"r", Comparison::kNull, nullptr}};
  EXPECT_EQ(bind_key_conditions(*conditions_from_key_conditions(odd), schema).error().message,
            "Attempted conditional constraint is not an indexable operation");
  EXPECT_EQ(conditions_from_key_conditions({}).error().message, "Conditions can be of length 1 or 2 only");
}

TEST(LegacyProjection, RefusesRepetition) {
  const std::vector<std::string> names = {"a", "b.c"}, twice = {"a", "b", "a"};
  Item item = item_from_json(R"({"a":{"N":"1"},"b.c":{"N":"2"},"d":{"N":"3"}})");
  EXPECT_EQ(to_json(projection_from_attributes(names)->apply(item)), R"({"a":{"N":"1"},"b.c":{"N":"2"}})");
  EXPECT_EQ(projection_from_attributes(twice).error().message, kBad + "Duplicate value in attribute name: a");
}

TEST(ParameterMix, KeepsOldAndNewApart) {
  ParameterMix mix;
  mix.value_expressions_of_operation = {"UpdateExpression", "ConditionExpression"};
  EXPECT_TRUE(check_parameter_mix(mix));
  mix.has_values = true;
  EXPECT_EQ(check_parameter_mix(mix).error().message,
            "ExpressionAttributeValues can only be specified when using expressions: "
            "UpdateExpression and ConditionExpression are null");
  mix.value_expressions_of_operation = {"ConditionExpression"};
  EXPECT_EQ(
      check_parameter_mix(mix).error().message,
      "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null");
  mix.has_names = true;
  EXPECT_EQ(check_parameter_mix(mix).error().message,
            "ExpressionAttributeNames can only be specified when using expressions");
  mix.expressions = {"UpdateExpression"};
  mix.has_value_expression = true;
  EXPECT_TRUE(check_parameter_mix(mix));
  mix.non_expressions = {"AttributeUpdates", "Expected"};
  EXPECT_EQ(check_parameter_mix(mix).error().message,
            "Can not use both expression and non-expression parameters in the same request: Non-expression "
            "parameters: "
            "{AttributeUpdates, Expected} Expression parameters: {UpdateExpression}");
}

}  // namespace
}  // namespace millrace::table
