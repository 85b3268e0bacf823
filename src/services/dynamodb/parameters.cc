#include "services/dynamodb/parameters.h"

#include <algorithm>
#include <set>

#include "engines/table/item_codec.h"

namespace millrace::dynamodb {
namespace {

table::ConditionalOperator operator_of(const std::optional<std::string>& name) {
  return name && *name == "OR" ? table::ConditionalOperator::kOr : table::ConditionalOperator::kAnd;
}

template <class T>
Checked<std::optional<T>> lift(base::Result<T, table::ExpressionError> result) {
  if (!result) return base::fail(to_service_error(result.error()));
  return std::optional<T>(std::move(*result));
}

Checked<void> lift(base::Result<void, table::ExpressionError> result) {
  if (!result) return base::fail(to_service_error(result.error()));
  return {};
}

}  // namespace

Checked<void> check_mix(std::initializer_list<Member> expressions,
                        std::initializer_list<Member> non_expressions, bool has_names, bool has_values) {
  table::ParameterMix mix;
  mix.has_names = has_names;
  mix.has_values = has_values;
  for (const Member& member : expressions) {
    const bool uses_values = member.name != "ProjectionExpression";
    if (member.present) mix.expressions.push_back(member.name);
    if (uses_values) mix.value_expressions_of_operation.push_back(member.name);
    mix.has_value_expression = mix.has_value_expression || (uses_values && member.present);
  }
  for (const Member& member : non_expressions) {
    if (member.present) mix.non_expressions.push_back(member.name);
  }
  return lift(table::check_parameter_mix(mix));
}

Checked<void> check_values(const table::Item& item) {
  if (const table::Invalid* invalid = table::first_invalid(item)) return refuse(invalid->message);
  return {};
}

Checked<void> check_size(const table::Item& item) {
  return lift(table::check_item_size(item));
}

table::Placeholders make_placeholders(const std::optional<Names>& names,
                                      const std::optional<table::Map>& values) {
  return {names ? &*names : nullptr, values ? &*values : nullptr};
}

Checked<void> check_placeholders(const table::Placeholders& placeholders) {
  return lift(placeholders.check());
}

Checked<void> check_all_used(const table::Placeholders& placeholders) {
  return lift(placeholders.check_all_used());
}

Checked<std::optional<table::Condition>> parse_write_condition(const std::optional<std::string>& expression,
                                                               table::Placeholders& placeholders) {
  if (!expression) return std::optional<table::Condition>();
  return lift(table::parse_condition(table::ConditionKind::kCondition, *expression, placeholders));
}

Checked<std::optional<table::Condition>> parse_expected(
    const std::optional<ExpectedMap>& expected, const std::optional<std::string>& conditional_operator) {
  if (!expected || expected->empty()) return std::optional<table::Condition>();
  std::vector<table::LegacyExpected> conditions;
  for (const auto& [name, one] : *expected) {
    table::LegacyExpected& condition = conditions.emplace_back();
    condition.name = name;
    if (one.comparison_operator) condition.comparison = table::parse_comparison(*one.comparison_operator);
    if (one.attribute_value_list) condition.values = &*one.attribute_value_list;
    if (one.value) condition.value = &*one.value;
    condition.exists = one.exists;
  }
  return lift(table::condition_from_expected(conditions, operator_of(conditional_operator)));
}

Checked<std::optional<table::Condition>> parse_filter(const std::optional<std::string>& expression,
                                                      table::Placeholders& placeholders) {
  if (!expression) return std::optional<table::Condition>();
  return lift(table::parse_condition(table::ConditionKind::kFilter, *expression, placeholders));
}

std::vector<table::LegacyCondition> legacy_conditions(const ConditionMap& conditions) {
  std::vector<table::LegacyCondition> out;
  for (const auto& [name, one] : conditions) {
    table::LegacyCondition& condition = out.emplace_back();
    condition.name = name;
    condition.comparison = table::parse_comparison(one.comparison_operator).value_or(table::Comparison::kEq);
    if (one.attribute_value_list) condition.values = &*one.attribute_value_list;
  }
  return out;
}

Checked<std::optional<table::Condition>> parse_legacy_filter(
    const std::optional<ConditionMap>& filter, const std::optional<std::string>& conditional_operator) {
  if (!filter || filter->empty()) return std::optional<table::Condition>();
  return lift(table::condition_from_filter(legacy_conditions(*filter), operator_of(conditional_operator)));
}

Checked<std::optional<table::Projection>> parse_projection(const std::optional<std::string>& expression,
                                                           table::Placeholders& placeholders) {
  if (!expression) return std::optional<table::Projection>();
  return lift(table::parse_projection(*expression, placeholders));
}

Checked<std::optional<table::Projection>> parse_attributes(
    const std::optional<std::vector<std::string>>& attributes) {
  if (!attributes) return std::optional<table::Projection>();
  return lift(table::projection_from_attributes(*attributes));
}

Checked<void> check_attributes(const std::optional<std::vector<std::string>>& attributes) {
  if (!attributes) return {};
  std::set<std::string_view> seen;
  for (const std::string& name : *attributes) {
    if (!seen.insert(name).second) return refuse_parameter("Duplicate value in attribute name: " + name);
  }
  return {};
}

Checked<void> check_paths(const std::optional<table::Projection>& projection,
                          const table::TableDefinition& table) {
  if (!projection) return {};
  for (std::size_t i = 0; i < projection->size(); ++i) {
    if (auto checked = table::check_path(projection->path(i), table.keys.view(), table.index_keys());
        !checked)
      return lift(std::move(checked));
  }
  return {};
}

Checked<void> check_paths(const std::optional<table::Condition>& condition,
                          const table::TableDefinition& table) {
  if (!condition) return {};
  base::Result<void, table::ExpressionError> result;
  condition->visit_paths([&](table::Path path) {
    if (result) result = table::check_path(path, table.keys.view(), table.index_keys());
  });
  return lift(std::move(result));
}

}  // namespace millrace::dynamodb
