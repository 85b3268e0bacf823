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
  return std::move(reader.result);
}

namespace {

// One pass over a key schema, attribute by attribute, in AWS's order of checks.
class KeyBinder {
 public:
  using Bound = base::Result<void, ExpressionError>;

  KeyBinder(const KeyConditions& conditions, const KeySchemaView& schema, const KeyAttributeCheck& look_at)
      : conditions_(conditions.conditions), schema_(schema), look_at_(look_at) {
    const std::size_t sorts = schema.sort_name.empty() ? 0 : 1 + schema.more_sort.size();
    attributes_ = 1 + schema.more_partition.size() + sorts;
  }

  base::Result<KeyQuery, ExpressionError> bind() {
    const bool multi = !schema_.more_partition.empty() || !schema_.more_sort.empty();
    if (conditions_.empty() || (!multi && conditions_.size() > 2))
      return fail("Conditions can be of length 1 or 2 only");
    if (auto ok = partition(schema_.partition_name, schema_.partition_type); !ok) return pass(ok);
    for (const KeyAttribute& one : schema_.more_partition) {
      if (auto ok = partition(one.name, one.type); !ok) return pass(ok);
    }
    if (schema_.sort_name.empty()) return finish();
    if (auto ok = sort(schema_.sort_name, schema_.sort_type); !ok) return pass(ok);
    for (const KeyAttribute& one : schema_.more_sort) {
      if (auto ok = sort(one.name, one.type); !ok) return pass(ok);
    }
    return finish();
  }

 private:
  static base::Result<KeyQuery, ExpressionError> pass(Bound& bound) {
    return base::fail(std::move(bound.error()));
  }
  static Bound missed(std::string_view name) {
    return base::fail(ExpressionError{fmt::format("Query condition missed key schema element: {}", name)});
  }

  const KeyCondition* condition_on(std::string_view name) const {
    for (const KeyCondition& condition : conditions_) {
      if (condition.name == name) return &condition;
    }
    return nullptr;
  }

  Bound partition(std::string_view name, KeyType type) {
    if (look_at_) {
      if (auto looked = look_at_(name); !looked) return looked;
    }
    if (conditions_.size() > attributes_)
      return base::fail(ExpressionError{"Query key condition not supported"});
    const KeyCondition* condition = condition_on(name);
    if (!condition) return missed(name);
    std::string problem = check_fit(*condition, type, true);
    if (!problem.empty()) return base::fail(ExpressionError{std::move(problem)});
    query_.partition.push_back(condition->low);
    return {};
  }

  Bound sort(std::string_view name, KeyType type) {
    if (look_at_) {
      if (auto looked = look_at_(name); !looked) return looked;
    }
    const KeyCondition* condition = condition_on(name);
    if (!condition) {
      if (first_missing_.empty()) first_missing_ = name;
      gap_.append(gap_.empty() ? "" : ", ").append(name);
      return {};
    }
    std::string problem = check_fit(*condition, type, false);
    if (!problem.empty()) return base::fail(ExpressionError{std::move(problem)});
    if (!query_.sort.empty() && query_.sort.back().comparison != Comparison::kEq)
      gap_ = gap_.empty() ? std::string(query_.sort.back().name)
                          : fmt::format("{}, {}", query_.sort.back().name, gap_);
    if (!gap_.empty()) {
      return base::fail(ExpressionError{fmt::format(
          "RANGE key attributes {} must have equality conditions specified in the query because a "
          "condition is present on key attribute {}",
          gap_, name)});
    }
    query_.sort.push_back(*condition);
    return {};
  }

  // A condition that is on none of the attributes.
  base::Result<KeyQuery, ExpressionError> finish() {
    if (query_.partition.size() + query_.sort.size() == conditions_.size()) return std::move(query_);
    if (!first_missing_.empty())
      return fail(fmt::format("Query condition missed key schema element: {}", first_missing_));
    return fail("Query key condition not supported");
  }

  const std::vector<KeyCondition>& conditions_;
  const KeySchemaView& schema_;
  const KeyAttributeCheck& look_at_;
  std::size_t attributes_ = 0;
  KeyQuery query_;
  std::string gap_;  // sort attributes before this one without an equality
  std::string_view first_missing_;
};

}  // namespace

base::Result<KeyQuery, ExpressionError> bind_key_conditions(const KeyConditions& conditions,
                                                            const KeySchemaView& schema,
                                                            const KeyAttributeCheck& look_at) {
  return KeyBinder(conditions, schema, look_at).bind();
}

}  // namespace millrace::table
