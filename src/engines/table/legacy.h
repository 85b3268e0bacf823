// The parameters from before expressions, checked with their own messages and turned into the same forms.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
// Lifetimes as in expression.h: names and values stay with the request.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engines/table/expression.h"
#include "engines/table/value.h"

namespace millrace::table {

std::optional<Comparison> parse_comparison(std::string_view name);  // "EQ", "BEGINS_WITH", ...
std::string_view comparison_name(Comparison comparison);

enum class ConditionalOperator { kAnd, kOr };

// One entry of KeyConditions, QueryFilter or ScanFilter.
struct LegacyCondition {
  std::string_view name;
  Comparison comparison;
  const std::vector<Value>* values = nullptr;  // null: absent
};
// One entry of Expected.
struct LegacyExpected {
  std::string_view name;
  std::optional<Comparison> comparison;
  const std::vector<Value>* values = nullptr;
  const Value* value = nullptr;
  std::optional<bool> exists;
};
// One entry of AttributeUpdates.
struct LegacyUpdate {
  std::string_view name;
  std::string_view action = "PUT";  // PUT, ADD, DELETE
  const Value* value = nullptr;
};

base::Result<Condition, ExpressionError> condition_from_expected(std::span<const LegacyExpected> expected,
                                                                 ConditionalOperator conditional_operator);
base::Result<Condition, ExpressionError> condition_from_filter(std::span<const LegacyCondition> filter,
                                                               ConditionalOperator conditional_operator);
base::Result<KeyConditions, ExpressionError> conditions_from_key_conditions(
    std::span<const LegacyCondition> conditions);
base::Result<Update, ExpressionError> update_from_attribute_updates(std::span<const LegacyUpdate> updates);
base::Result<Projection, ExpressionError> projection_from_attributes(std::span<const std::string> names);

// The rules on mixing expressions with the parameters from before them. The lists hold the names of members, in the order in which
// the operation's AWS documentation lists them here: UpdateExpression, ConditionExpression; ProjectionExpression,
// FilterExpression, KeyConditionExpression; AttributeUpdates, Expected; AttributesToGet, QueryFilter or ScanFilter,
// ConditionalOperator, KeyConditions. KeyConditions beside expressions, but without KeyConditionExpression, is fine: leave it out.
struct ParameterMix {
  std::vector<std::string_view> expressions;      // present ones
  std::vector<std::string_view> non_expressions;  // present ones
  std::vector<std::string_view> value_expressions_of_operation;
  bool has_names = false;
  bool has_values = false;
  bool has_value_expression = false;
};
base::Result<void, ExpressionError> check_parameter_mix(const ParameterMix& mix);

}  // namespace millrace::table
