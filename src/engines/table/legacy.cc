#include "engines/table/legacy.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engines/table/item_codec.h"

namespace millrace::table {
namespace {

constexpr std::string_view kBadParameter = "One or more parameter values were invalid: ";

struct Rule {
  std::string_view name;
  NodeKind kind;
  std::size_t least;
  std::size_t most;
  std::string_view types;  // allowed, separated by spaces; empty: any
};
constexpr std::size_t kAnyNumber = ~std::size_t{0};
// In the order of Comparison.
constexpr std::array<Rule, 13> kRules = {{
    {"EQ", NodeKind::kEqual, 1, 1, ""},
    {"NE", NodeKind::kNotEqual, 1, 1, ""},
    {"LE", NodeKind::kLessOrEqual, 1, 1, " S N B "},
    {"LT", NodeKind::kLess, 1, 1, " S N B "},
    {"GE", NodeKind::kGreaterOrEqual, 1, 1, " S N B "},
    {"GT", NodeKind::kGreater, 1, 1, " S N B "},
    {"NOT_NULL", NodeKind::kAttributeExists, 0, 0, ""},
    {"NULL", NodeKind::kAttributeNotExists, 0, 0, ""},
    {"CONTAINS", NodeKind::kContains, 1, 1, " S N B "},
    {"NOT_CONTAINS", NodeKind::kNotContains, 1, 1, " S N B "},
    {"BEGINS_WITH", NodeKind::kBeginsWith, 1, 1, " S B "},
    {"IN", NodeKind::kIn, 1, kAnyNumber, " S N B "},
    {"BETWEEN", NodeKind::kBetween, 2, 2, " S N B "},
}};

const Rule& rule_of(Comparison comparison) {
  return kRules[static_cast<std::size_t>(comparison)];
}

template <class... Args>
ExpressionError bad_parameter(fmt::format_string<Args...> format, Args&&... args) {
  return {fmt::format("{}{}", kBadParameter, fmt::format(format, std::forward<Args>(args)...))};
}

using Problem = std::optional<ExpressionError>;

Problem check_values(std::span<const Value> values) {
  for (const auto& value : values) {
    if (const Invalid* bad = first_invalid(value)) return ExpressionError{bad->message};
  }
  return std::nullopt;
}

Problem check_argument_count(Comparison comparison, std::size_t count) {
  const Rule& rule = rule_of(comparison);
  if (count >= rule.least && count <= rule.most) return std::nullopt;
  return bad_parameter("Invalid number of argument(s) for the {} ComparisonOperator", rule.name);
}

Problem check_argument_types(Comparison comparison, std::span<const Value> values) {
  const Rule& rule = rule_of(comparison);
  for (const auto& value : values) {
    if (value.data.index() != values[0].data.index()) {
      return bad_parameter("AttributeValues inside AttributeValueList must be of same type");
    }
  }
  for (const auto& value : values) {
    if (rule.types.empty() ||
        rule.types.find(fmt::format(" {} ", type_name(value))) != std::string_view::npos)
      continue;
    return bad_parameter("ComparisonOperator {} is not valid for {} AttributeValue type", rule.name,
                         type_name(value));
  }
  if (comparison == Comparison::kBetween &&
      compare_values(values[0], values[1]) == std::strong_ordering::greater) {
    return ExpressionError{
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"};
  }
  return std::nullopt;
}

std::span<const Value> values_of(const std::vector<Value>* list, const Value* single = nullptr) {
  if (list) return *list;
  if (single) return {single, 1};
  return {};
}

Problem check_condition(Comparison comparison, std::span<const Value> values) {
  if (auto problem = check_values(values)) return problem;
  if (auto problem = check_argument_count(comparison, values.size())) return problem;
  return check_argument_types(comparison, values);
}

Problem check_expected_without_comparison(const LegacyExpected& expected) {
  if (expected.values) {
    return bad_parameter("AttributeValueList can only be used with a ComparisonOperator for Attribute: {}",
                         expected.name);
  }
  if (expected.exists.value_or(true)) {
    if (expected.value) return check_values({expected.value, 1});
    return bad_parameter("Value must be provided when Exists is {} for Attribute: {}",
                         expected.exists ? "true" : "null", expected.name);
  }
  if (!expected.value) return std::nullopt;
  return bad_parameter("Value cannot be used when Exists is false for Attribute: {}", expected.name);
}

Problem check_expected(const LegacyExpected& expected) {
  if (expected.values && expected.value) {
    return bad_parameter("Value and AttributeValueList cannot be used together for Attribute: {}",
                         expected.name);
  }
  if (!expected.comparison) return check_expected_without_comparison(expected);
  if (expected.exists) {
    return bad_parameter("Exists and ComparisonOperator cannot be used together for Attribute: {}",
                         expected.name);
  }
  bool needs_values = rule_of(*expected.comparison).least > 0;
  if (needs_values && !expected.values && !expected.value) {
    return bad_parameter(
        "Value or AttributeValueList must be used with ComparisonOperator: {} for Attribute: {}",
        comparison_name(*expected.comparison), expected.name);
  }
  return check_condition(*expected.comparison, values_of(expected.values, expected.value));
}

// Trees of plain top-level conditions.
class TreeBuilder {
 public:
  std::uint32_t path(std::string_view name) {
    Node node{.kind = NodeKind::kPath, .count = 1, .token = name};
    node.first = static_cast<std::uint32_t>(tree.path_elements.size());
    tree.path_elements.push_back({.name = name});
    return add(node);
  }

  std::uint32_t value(const Value& value) { return add(Node{.kind = NodeKind::kValue, .value = &value}); }

  void condition(std::string_view name, Comparison comparison, std::span<const Value> values) {
    std::vector<std::uint32_t> operands = {path(name)};
    for (const auto& one : values)
      operands.push_back(value(one));
    conditions_.push_back(operation(rule_of(comparison).kind, operands));
  }

  Condition finish(ConditionalOperator conditional_operator) {
    bool any = conditional_operator == ConditionalOperator::kOr && !conditions_.empty();
    tree.root = operation(any ? NodeKind::kOr : NodeKind::kAnd, conditions_);
    return Condition(std::move(tree));
  }

  Tree tree;

 private:
  std::uint32_t add(Node node) {
    tree.nodes.push_back(node);
    return static_cast<std::uint32_t>(tree.nodes.size() - 1);
  }

  std::uint32_t operation(NodeKind kind, std::span<const std::uint32_t> children) {
    Node node{.kind = kind, .count = static_cast<std::uint16_t>(children.size())};
    node.first = static_cast<std::uint32_t>(tree.children.size());
    tree.children.insert(tree.children.end(), children.begin(), children.end());
    return add(node);
  }

  std::vector<std::uint32_t> conditions_;
};

Problem check_update(const LegacyUpdate& update) {
  if (update.value) {
    if (auto problem = check_values({update.value, 1})) return problem;
  }
  if (!update.value) {
    if (update.action == "DELETE") return std::nullopt;
    return bad_parameter("Only DELETE action is allowed when no attribute value is specified");
  }
  std::string_view type = type_name(*update.value);
  bool is_set = type == "SS" || type == "NS" || type == "BS";
  if (update.action == "DELETE" && !is_set) {
    return bad_parameter("DELETE action with value is not supported for the type {}", type);
  }
  if (update.action == "ADD" && !is_set && type != "N" && type != "L") {
    return bad_parameter("ADD action is not supported for the type {}", type);
  }
  return std::nullopt;
}

UpdateVerb verb_of(const LegacyUpdate& update) {
  if (update.action == "ADD") return UpdateVerb::kAdd;
  if (update.action == "DELETE") return update.value ? UpdateVerb::kDelete : UpdateVerb::kRemove;
  return UpdateVerb::kSet;
}

}  // namespace

std::optional<Comparison> parse_comparison(std::string_view name) {
  for (std::size_t i = 0; i < kRules.size(); ++i) {
    if (kRules[i].name == name) return static_cast<Comparison>(i);
  }
  return std::nullopt;
}

std::string_view comparison_name(Comparison comparison) {
  return rule_of(comparison).name;
}

base::Result<Condition, ExpressionError> condition_from_expected(std::span<const LegacyExpected> expected,
                                                                 ConditionalOperator conditional_operator) {
  TreeBuilder builder;
  for (const auto& one : expected) {
    if (auto problem = check_expected(one)) return base::fail(std::move(*problem));
  }
  for (const auto& one : expected) {
    Comparison comparison = one.comparison.value_or(one.value ? Comparison::kEq : Comparison::kNull);
    builder.condition(one.name, comparison, values_of(one.values, one.value));
  }
  return builder.finish(conditional_operator);
}

base::Result<Condition, ExpressionError> condition_from_filter(std::span<const LegacyCondition> filter,
                                                               ConditionalOperator conditional_operator) {
  TreeBuilder builder;
  for (const auto& one : filter) {
    if (auto problem = check_condition(one.comparison, values_of(one.values)))
      return base::fail(std::move(*problem));
  }
  for (const auto& one : filter)
    builder.condition(one.name, one.comparison, values_of(one.values));
  return builder.finish(conditional_operator);
}

base::Result<KeyConditions, ExpressionError> conditions_from_key_conditions(
    std::span<const LegacyCondition> conditions) {
  KeyConditions result;
  for (const auto& one : conditions) {
    auto values = values_of(one.values);
    if (auto problem = check_condition(one.comparison, values)) return base::fail(std::move(*problem));
    KeyCondition condition{.name = one.name, .comparison = one.comparison};
    if (!values.empty()) condition.low = &values[0];
    if (one.comparison == Comparison::kBetween) condition.high = &values[1];
    result.conditions.push_back(condition);
  }
  if (result.conditions.empty())
    return base::fail(ExpressionError{"Conditions can be of length 1 or 2 only"});
  return result;
}

base::Result<Update, ExpressionError> update_from_attribute_updates(std::span<const LegacyUpdate> updates) {
  TreeBuilder builder;
  std::vector<UpdateAction> actions;
  for (const auto& update : updates) {
    if (auto problem = check_update(update)) return base::fail(std::move(*problem));
  }
  for (const auto& update : updates) {
    UpdateAction action{.verb = verb_of(update), .path = builder.path(update.name), .value = 0};
    if (update.value) action.value = builder.value(*update.value);
    actions.push_back(action);
  }
  return Update(std::move(builder.tree), std::move(actions), true);
}

base::Result<Projection, ExpressionError> projection_from_attributes(std::span<const std::string> names) {
  TreeBuilder builder;
  std::vector<std::uint32_t> paths;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::find(names.begin(), names.begin() + i, names[i]) != names.begin() + i) {
      return base::fail(bad_parameter("Duplicate value in attribute name: {}", names[i]));
    }
    paths.push_back(builder.path(names[i]));
  }
  return Projection(std::move(builder.tree), std::move(paths));
}

base::Result<void, ExpressionError> check_parameter_mix(const ParameterMix& mix) {
  auto list = [](const auto& names, std::string_view between) {
    return fmt::format("{}", fmt::join(names, between));
  };
  if (!mix.expressions.empty() && !mix.non_expressions.empty()) {
    return base::fail(ExpressionError{
        fmt::format("Can not use both expression and non-expression parameters in the same request: "
                    "Non-expression parameters: {{{}}} Expression parameters: {{{}}}",
                    list(mix.non_expressions, ", "), list(mix.expressions, ", "))});
  }
  if (mix.has_names && mix.expressions.empty()) {
    return base::fail(
        ExpressionError{"ExpressionAttributeNames can only be specified when using expressions"});
  }
  const auto& with_values = mix.value_expressions_of_operation;
  if (mix.has_values && !mix.has_value_expression && !with_values.empty()) {
    return base::fail(ExpressionError{
        fmt::format("ExpressionAttributeValues can only be specified when using expressions: {} {} null",
                    list(with_values, " and "), with_values.size() > 1 ? "are" : "is")});
  }
  return {};
}

}  // namespace millrace::table
