// Key conditions: what a condition must look like to be one, and how it fits a key schema.
#include <array>

#include <fmt/format.h>

#include "engines/table/expression.h"
#include "engines/table/legacy.h"

namespace millrace::table {
namespace {

std::string_view operator_name(const Node& node) {
  switch (node.kind) {
    case NodeKind::kBetween:
      return "BETWEEN";
    case NodeKind::kIn:
      return "IN";
    case NodeKind::kOr:
      return "OR";
    case NodeKind::kNot:
      return "NOT";
    default:
      return node.token;
  }
}

std::optional<Comparison> comparison_of(NodeKind kind, bool key_stands_right) {
  switch (kind) {
    case NodeKind::kEqual:
      return Comparison::kEq;
    case NodeKind::kLess:
      return key_stands_right ? Comparison::kGt : Comparison::kLt;
    case NodeKind::kLessOrEqual:
      return key_stands_right ? Comparison::kGe : Comparison::kLe;
    case NodeKind::kGreater:
      return key_stands_right ? Comparison::kLt : Comparison::kGt;
    case NodeKind::kGreaterOrEqual:
      return key_stands_right ? Comparison::kLe : Comparison::kGe;
    case NodeKind::kBetween:
      return Comparison::kBetween;
    case NodeKind::kBeginsWith:
      return Comparison::kBeginsWith;
    default:
      return std::nullopt;
  }
}

class KeyConditionReader {
 public:
  explicit KeyConditionReader(const Tree& tree) : tree_(tree) {}

  // False: problem says why.
  bool read(const Node& node) {
    if (node.kind == NodeKind::kAnd) {
      for (std::size_t i = 0; i < node.count; ++i) {
        if (!read(tree_.child(node, i))) return false;
      }
      return true;
    }
    if (!comparison_of(node.kind, false)) {
      return fail(fmt::format("Invalid operator used in KeyConditionExpression: {}", operator_name(node)));
    }
    bool first_must_be_key = node.kind == NodeKind::kBetween || node.kind == NodeKind::kBeginsWith;
    if (first_must_be_key && tree_.child(node, 0).kind != NodeKind::kPath) {
      return fail(fmt::format(
          "Invalid condition in KeyConditionExpression: {} operator must have the key attribute as "
          "its first operand",
          operator_name(node)));
    }
    return read_condition(node);
  }

  KeyConditions result;
  std::string problem;

 private:
  bool fail(std::string text) {
    problem = std::move(text);
    return false;
  }

  bool read_condition(const Node& node) {
    KeyCondition condition;
    bool key_stands_right = false;
    std::array<const Value*, 2> values{};
    std::size_t value_count = 0;
    for (std::size_t i = 0; i < node.count; ++i) {
      const Node& operand = tree_.child(node, i);
      if (operand.kind == NodeKind::kSize)
        return fail("KeyConditionExpressions cannot contain nested operations");
      if (operand.kind == NodeKind::kValue) {
        if (value_count < values.size()) values[value_count++] = operand.value;
        continue;
      }
      if (!condition.name.empty()) {
        return fail(
            "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition");
      }
      Path path = tree_.path(operand);
      if (path.size() > 1) return fail("KeyConditionExpressions cannot have conditions on nested attributes");
      condition.name = path[0].name;
      key_stands_right = i > 0;
    }
    if (condition.name.empty()) {
      return fail("Invalid condition in KeyConditionExpression: No key attribute specified");
    }
    for (const auto& other : result.conditions) {
      if (other.name == condition.name)
        return fail("KeyConditionExpressions must only contain one condition per key");
    }
    condition.comparison = *comparison_of(node.kind, key_stands_right);
    condition.low = values[0];
    condition.high = values[1];
    result.conditions.push_back(condition);
    return true;
  }

  const Tree& tree_;
};

base::Result<KeyQuery, ExpressionError> fail(std::string message) {
  return base::fail(ExpressionError{std::move(message)});
}

bool is_indexable(Comparison comparison) {
  switch (comparison) {
    case Comparison::kNull:
    case Comparison::kNotNull:
    case Comparison::kNe:
    case Comparison::kContains:
    case Comparison::kNotContains:
    case Comparison::kIn:
      return false;
    default:
      return true;
  }
}

bool has_type(const KeyCondition& condition, KeyType type) {
  return (!condition.low || key_type_of(*condition.low) == type) &&
         (!condition.high || key_type_of(*condition.high) == type);
}

std::string_view empty_kind(const Value* value) {
  if (!value) return {};
  if (auto* s = std::get_if<String>(&value->data); s && s->text.empty()) return "string";
  if (auto* b = std::get_if<Binary>(&value->data); b && b->bytes.empty()) return "binary";
  return {};
}

// The problem of one condition with the key attribute it is on; empty: none.
std::string check_fit(const KeyCondition& condition, KeyType type, bool is_partition) {
  if (!is_indexable(condition.comparison)) {
    return "Attempted conditional constraint is not an indexable operation";
  }
  if (!has_type(condition, type)) {
    return "One or more parameter values were invalid: Condition parameter type does not match schema type";
  }
  if (is_partition && condition.comparison != Comparison::kEq) return "Query key condition not supported";
  std::string_view empty = empty_kind(condition.low);
  if (!empty.empty() && condition.comparison == Comparison::kEq) {
    return fmt::format(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
        "contain an empty {} value. Key: {}",
        empty, condition.name);
  }
  return {};
}

}  // namespace

base::Result<KeyConditions, ExpressionError> key_conditions_of(const Condition& condition) {
  const Tree& tree = condition.tree();
  KeyConditionReader reader(tree);
  if (!reader.read(tree.nodes[tree.root])) return base::fail(ExpressionError{std::move(reader.problem)});
  if (reader.result.conditions.size() > 2)
    return base::fail(ExpressionError{"Conditions can be of length 1 or 2 only"});
  return std::move(reader.result);
}

base::Result<KeyQuery, ExpressionError> bind_key_conditions(const KeyConditions& conditions,
                                                            const KeySchemaView& schema,
                                                            const KeyAttributeCheck& look_at) {
  auto condition_on = [&](std::string_view name) -> const KeyCondition* {
    for (const auto& condition : conditions.conditions) {
      if (condition.name == name) return &condition;
    }
    return nullptr;
  };
  if (look_at) {
    if (auto looked = look_at(schema.partition_name); !looked) return base::fail(std::move(looked.error()));
  }
  const bool two = conditions.conditions.size() > 1;
  if (schema.sort_name.empty() && two) return fail("Query key condition not supported");
  const KeyCondition* partition = condition_on(schema.partition_name);
  if (!partition) {
    return fail(fmt::format("Query condition missed key schema element: {}", schema.partition_name));
  }
  std::string problem = check_fit(*partition, schema.partition_type, true);
  if (!problem.empty()) return fail(std::move(problem));
  KeyQuery query;
  query.partition = partition->low;
  if (look_at && !schema.sort_name.empty()) {
    if (auto looked = look_at(schema.sort_name); !looked) return base::fail(std::move(looked.error()));
  }
  if (!two) return query;
  const KeyCondition* sort = condition_on(schema.sort_name);
  if (!sort) return fail(fmt::format("Query condition missed key schema element: {}", schema.sort_name));
  problem = check_fit(*sort, schema.sort_type, false);
  if (!problem.empty()) return fail(std::move(problem));
  query.sort = *sort;
  return query;
}

}  // namespace millrace::table
