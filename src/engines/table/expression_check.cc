#include "engines/table/expression_check.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace millrace::table {
namespace {

constexpr std::size_t kMaxInOperands = 100;
constexpr std::string_view kTypeNames = "B,NULL,SS,BOOL,L,BS,N,NS,S,M";

struct Shared {
  Tree& tree;
  Placeholders& placeholders;
};

// The word as written, when it is reserved and stands as a name.
Problem check_reserved(const Tree& tree) {
  for (const auto& element : tree.path_elements) {
    if (!element.is_index && element.name[0] != '#' && is_reserved_word(element.name)) {
      return fmt::format("Attribute name is a reserved keyword; reserved keyword: {}", element.name);
    }
  }
  return std::nullopt;
}

Problem resolve_path(Shared& s, const Node& node) {
  for (std::uint32_t i = node.first; i < node.first + node.count; ++i) {
    PathElement& element = s.tree.path_elements[i];
    if (element.is_index || element.name[0] != '#') continue;
    const std::string_view* name = s.placeholders.use_name(element.name);
    if (!name) {
      return fmt::format(
          "An expression attribute name used in the document path is not defined; attribute name: {}",
          element.name);
    }
    element.name = *name;
  }
  return std::nullopt;
}

Problem resolve_value(Shared& s, Node& node) {
  node.value = s.placeholders.use_value(node.token);
  if (node.value) return std::nullopt;
  return fmt::format("An expression attribute value used in expression is not defined; attribute value: {}",
                     node.token);
}

Problem check_operand_count(const Node& node, std::size_t wanted) {
  if (node.count == wanted) return std::nullopt;
  return fmt::format(
      "Incorrect number of operands for operator or function; operator or function: {}, "
      "number of operands: {}",
      node.token, node.count);
}

std::string bad_operand(const Node& node, std::string_view type) {
  return fmt::format(
      "Incorrect operand type for operator or function; operator or function: {}, operand type: {}",
      node.token, type);
}

std::string bad_comparison(const Node& node, std::string_view type) {
  return fmt::format("Incorrect operand type for operator or function; operator: {}, operand type: {}",
                     node.token, type);
}

std::string needs_path(const Node& node) {
  return fmt::format("Operator or function requires a document path; operator or function: {}", node.token);
}

bool is_condition_function(NodeKind kind) {
  return kind == NodeKind::kAttributeExists || kind == NodeKind::kAttributeNotExists ||
         kind == NodeKind::kAttributeType || kind == NodeKind::kBeginsWith || kind == NodeKind::kContains;
}

bool is_comparator(NodeKind kind) {
  return kind >= NodeKind::kEqual && kind <= NodeKind::kGreaterOrEqual;
}

bool is_leaf(NodeKind kind) {
  return is_comparator(kind) || kind == NodeKind::kBetween || kind == NodeKind::kIn ||
         is_condition_function(kind);
}

// Known without an item, else "".
std::string_view type_of(const Node& node) {
  switch (node.kind) {
    case NodeKind::kValue:
      return type_name(*node.value);
    case NodeKind::kSize:
    case NodeKind::kAdd:
    case NodeKind::kSubtract:
      return "N";
    case NodeKind::kListAppend:
      return "L";
    default:
      return {};
  }
}

bool is_scalar(std::string_view type) {
  return type == "S" || type == "N" || type == "B";
}

// AttributeValue: {S:text}, as AWS prints a bound of BETWEEN.
std::string describe_bound(const Value& value) {
  std::string text;
  if (auto* s = std::get_if<String>(&value.data)) text = s->text;
  if (auto* n = std::get_if<Number>(&value.data)) text = n->text;
  if (auto* b = std::get_if<Binary>(&value.data))
    text = fmt::format("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", b->bytes.size());
  return fmt::format("AttributeValue: {{{}:{}}}", type_name(value), text);
}

Problem check_between(const Tree& tree, const Node& node) {
  const Node& low = tree.child(node, 1);
  const Node& high = tree.child(node, 2);
  if (low.kind != NodeKind::kValue || high.kind != NodeKind::kValue) return std::nullopt;
  std::string_view rule;
  if (type_of(low) != type_of(high)) {
    rule = "same data type for lower and upper bounds";
  } else if (compare_values(*low.value, *high.value) == std::strong_ordering::greater) {
    rule = "upper bound to be greater than or equal to lower bound";
  } else {
    return std::nullopt;
  }
  return fmt::format("The BETWEEN operator requires {}; lower bound operand: {}, upper bound operand: {}",
                     rule, describe_bound(*low.value), describe_bound(*high.value));
}

Problem check_ordered_operands(const Tree& tree, const Node& node) {
  for (std::size_t i = 0; i < node.count; ++i) {
    std::string_view type = type_of(tree.child(node, i));
    if (!type.empty() && !is_scalar(type)) return bad_comparison(node, type);
  }
  return std::nullopt;
}

Problem check_attribute_type(const Tree& tree, const Node& node) {
  const Node& type_operand = tree.child(node, 1);
  std::string_view type = type_of(type_operand);
  if (type != "S") return bad_operand(node, type.empty() ? "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}" : type);
  const std::string& name = std::get<String>(type_operand.value->data).text;
  static constexpr std::array<std::string_view, 10> kTypes = {"B",  "NULL", "SS", "BOOL", "L",
                                                              "BS", "N",    "NS", "S",    "M"};
  if (std::find(kTypes.begin(), kTypes.end(), name) != kTypes.end()) return std::nullopt;
  return fmt::format("Invalid attribute type name found; type: {}, valid types: {{{}}}", name, kTypeNames);
}

// The rules on the operands of one function or operator of a condition.
Problem check_condition_operands(const Tree& tree, const Node& node) {
  switch (node.kind) {
    case NodeKind::kAttributeExists:
    case NodeKind::kAttributeNotExists:
      if (tree.child(node, 0).kind != NodeKind::kPath) return needs_path(node);
      return std::nullopt;
    case NodeKind::kAttributeType:
      return check_attribute_type(tree, node);
    case NodeKind::kBeginsWith:
      for (std::size_t i = 0; i < node.count; ++i) {
        std::string_view type = type_of(tree.child(node, i));
        if (!type.empty() && type != "S" && type != "B") return bad_operand(node, type);
      }
      return std::nullopt;
    case NodeKind::kSize: {
      std::string_view type = type_of(tree.child(node, 0));
      if (type == "N" || type == "BOOL" || type == "NULL") return bad_operand(node, type);
      return std::nullopt;
    }
    case NodeKind::kLess:
    case NodeKind::kLessOrEqual:
    case NodeKind::kGreater:
    case NodeKind::kGreaterOrEqual:
      return check_ordered_operands(tree, node);
    case NodeKind::kBetween:
      if (auto problem = check_between(tree, node)) return problem;
      return check_ordered_operands(tree, node);
    default:
      return std::nullopt;
  }
}

Problem check_condition_count(const Node& node) {
  switch (node.kind) {
    case NodeKind::kAttributeExists:
    case NodeKind::kAttributeNotExists:
    case NodeKind::kSize:
      return check_operand_count(node, 1);
    case NodeKind::kAttributeType:
    case NodeKind::kBeginsWith:
    case NodeKind::kContains:
      return check_operand_count(node, 2);
    case NodeKind::kIn:
      if (node.count - 1u <= kMaxInOperands) return std::nullopt;
      return fmt::format("The IN operator is provided with too many operands; number of operands: {}",
                         node.count - 1);
    default:
      return std::nullopt;
  }
}

Problem check_distinct(const Tree& tree, const Node& node) {
  if (!is_comparator(node.kind) && !is_condition_function(node.kind)) return std::nullopt;
  if (node.count != 2) return std::nullopt;
  const Node& a = tree.child(node, 0);
  const Node& b = tree.child(node, 1);
  if (a.kind != NodeKind::kPath || b.kind != NodeKind::kPath) return std::nullopt;
  Path first = tree.path(a);
  Path second = tree.path(b);
  if (!std::equal(first.begin(), first.end(), second.begin(), second.end())) return std::nullopt;
  return fmt::format(
      "The first operand must be distinct from the remaining operands for this operator or function; "
      "operator: {}, first operand: {}",
      node.token, describe_path(first));
}

// One condition and its operands: the nodes [begin, end). AWS looks for each kind of problem in all of them in turn.
Problem check_leaf(Shared& s, std::size_t begin, std::size_t end) {
  auto nodes = std::span(s.tree.nodes).subspan(begin, end - begin);
  for (Node& node : nodes) {
    Problem problem;
    if (node.kind == NodeKind::kPath) problem = resolve_path(s, node);
    if (node.kind == NodeKind::kValue) problem = resolve_value(s, node);
    if (problem) return problem;
  }
  for (const Node& node : nodes) {
    if (auto problem = check_condition_count(node)) return problem;
  }
  for (const Node& node : nodes) {
    if (auto problem = check_distinct(s.tree, node)) return problem;
  }
  for (const Node& node : nodes) {
    if (auto problem = check_condition_operands(s.tree, node)) return problem;
  }
  return std::nullopt;
}

Problem check_function_names(const Tree& tree, bool in_update) {
  for (const Node& node : tree.nodes) {
    if (node.kind != NodeKind::kUnknownFunction) continue;
    std::string_view name = node.token;
    bool of_update = name == "if_not_exists" || name == "list_append";
    bool of_condition = name == "attribute_exists" || name == "attribute_not_exists" ||
                        name == "attribute_type" || name == "begins_with" || name == "contains" ||
                        name == "size";
    if (in_update && of_condition) {
      return fmt::format("The function is not allowed in an update expression; function: {}", name);
    }
    if (!in_update && of_update) {
      return fmt::format("The function is not allowed in a condition expression; function: {}", name);
    }
    return fmt::format("Invalid function name; function: {}", name);
  }
  return std::nullopt;
}

std::string misused(const Node& node) {
  return fmt::format("The function is not allowed to be used this way in an expression; function: {}",
                     node.token);
}

// size() is an operand only, the other functions are conditions only.
Problem check_misused_functions(const Tree& tree) {
  for (const Node& node : tree.nodes) {
    if (node.kind == NodeKind::kPath || node.kind == NodeKind::kValue) continue;
    bool wants_conditions =
        node.kind == NodeKind::kAnd || node.kind == NodeKind::kOr || node.kind == NodeKind::kNot;
    for (std::size_t i = 0; i < node.count; ++i) {
      const Node& child = tree.child(node, i);
      bool bad = wants_conditions ? child.kind == NodeKind::kSize : is_condition_function(child.kind);
      if (bad) return misused(child);
    }
  }
  const Node& root = tree.nodes[tree.root];
  if (root.kind == NodeKind::kSize) return misused(root);
  return std::nullopt;
}

// Two paths of which one is inside the other, or which take one attribute for a list and for a map.
enum class Clash { kNone, kOverlap, kConflict };
Clash clash_of(Path a, Path b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (a[i].is_index != b[i].is_index) return Clash::kConflict;
    if (a[i] != b[i]) return Clash::kNone;
  }
  return Clash::kOverlap;
}

Problem check_clashes(const Tree& tree, std::span<const std::uint32_t> path_nodes) {
  Problem conflict;
  for (std::size_t i = 1; i < path_nodes.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      Path one = tree.path(tree.nodes[path_nodes[k]]);
      Path two = tree.path(tree.nodes[path_nodes[i]]);
      Clash clash = clash_of(one, two);
      if (clash == Clash::kNone || (clash == Clash::kConflict && conflict)) continue;
      std::string text = fmt::format(
          "Two document paths {} with each other; must remove or rewrite one of these paths; "
          "path one: {}, path two: {}",
          clash == Clash::kOverlap ? "overlap" : "conflict", describe_path(one), describe_path(two));
      if (clash == Clash::kOverlap) return text;
      conflict = std::move(text);
    }
  }
  return conflict;
}

std::string_view long_type_name(std::string_view type) {
  static constexpr std::array<std::array<std::string_view, 2>, 7> kNames = {{{"S", "STRING"},
                                                                             {"N", "NUMBER"},
                                                                             {"B", "BINARY"},
                                                                             {"NULL", "NULL"},
                                                                             {"BOOL", "BOOLEAN"},
                                                                             {"L", "LIST"},
                                                                             {"M", "MAP"}}};
  for (const auto& [name, long_name] : kNames) {
    if (name == type) return long_name;
  }
  return {};
}

Problem check_add_and_delete(const ExpressionParser& parsed) {
  for (const UpdateAction& action : parsed.actions) {
    bool is_add = action.verb == UpdateVerb::kAdd;
    if (!is_add && action.verb != UpdateVerb::kDelete) continue;
    std::string_view type = type_of(parsed.tree.nodes[action.value]);
    std::string_view long_name = long_type_name(type);
    if (long_name.empty() || (is_add && type == "N")) continue;
    return fmt::format("Incorrect operand type for operator or function; operator: {}, operand type: {}",
                       is_add ? "ADD" : "DELETE", long_name);
  }
  return std::nullopt;
}

Problem check_update_function(const Tree& tree, const Node& node) {
  std::string_view wanted;
  switch (node.kind) {
    case NodeKind::kIfNotExists:
      if (auto problem = check_operand_count(node, 2)) return problem;
      if (tree.child(node, 0).kind != NodeKind::kPath) return needs_path(node);
      return std::nullopt;
    case NodeKind::kListAppend:
      if (auto problem = check_operand_count(node, 2)) return problem;
      wanted = "L";
      break;
    case NodeKind::kAdd:
    case NodeKind::kSubtract:
      wanted = "N";
      break;
    default:
      return std::nullopt;
  }
  for (std::size_t i = 0; i < node.count; ++i) {
    std::string_view type = type_of(tree.child(node, i));
    if (!type.empty() && type != wanted) return bad_operand(node, type);
  }
  return std::nullopt;
}

template <class Resolve>
Problem resolve_all(Shared& s, NodeKind kind, Resolve resolve) {
  for (Node& node : s.tree.nodes) {
    if (node.kind != kind) continue;
    if (auto problem = resolve(s, node)) return problem;
  }
  return std::nullopt;
}

}  // namespace

Problem check_condition(ExpressionParser& parsed, Placeholders& placeholders) {
  if (parsed.operators > kMaxOperators) return too_many_operators_message();
  if (parsed.redundant_parentheses) return "The expression has redundant parentheses;";
  if (auto problem = check_function_names(parsed.tree, false)) return problem;
  if (auto problem = check_misused_functions(parsed.tree)) return problem;
  if (auto problem = check_reserved(parsed.tree)) return problem;
  Shared s{parsed.tree, placeholders};
  // Nodes stand in the order in which their text ends, so a condition follows its operands.
  std::size_t begin = 0;
  for (std::size_t i = 0; i < parsed.tree.nodes.size(); ++i) {
    NodeKind kind = parsed.tree.nodes[i].kind;
    if (is_leaf(kind)) {
      if (auto problem = check_leaf(s, begin, i + 1)) return problem;
    }
    if (kind != NodeKind::kPath && kind != NodeKind::kValue && kind != NodeKind::kSize) begin = i + 1;
  }
  return std::nullopt;
}

Problem check_update_expression(ExpressionParser& parsed, Placeholders& placeholders) {
  if (parsed.operators > kMaxOperators) return too_many_operators_message();
  if (auto problem = check_reserved(parsed.tree)) return problem;
  if (auto problem = check_function_names(parsed.tree, true)) return problem;
  if (!parsed.repeated_section.empty()) {
    return fmt::format("The \"{}\" section can only be used once in an update expression;",
                       parsed.repeated_section);
  }
  Shared s{parsed.tree, placeholders};
  if (auto problem = resolve_all(s, NodeKind::kPath, resolve_path)) return problem;
  if (auto problem = resolve_all(s, NodeKind::kValue, resolve_value)) return problem;
  std::vector<std::uint32_t> targets;
  targets.reserve(parsed.actions.size());
  for (const auto& action : parsed.actions)
    targets.push_back(action.path);
  if (auto problem = check_clashes(parsed.tree, targets)) return problem;
  if (auto problem = check_add_and_delete(parsed)) return problem;
  for (const Node& node : parsed.tree.nodes) {
    if (auto problem = check_update_function(parsed.tree, node)) return problem;
  }
  return std::nullopt;
}

Problem check_projection(ExpressionParser& parsed, Placeholders& placeholders) {
  if (auto problem = check_reserved(parsed.tree)) return problem;
  Shared s{parsed.tree, placeholders};
  if (auto problem = resolve_all(s, NodeKind::kPath, resolve_path)) return problem;
  return check_clashes(parsed.tree, parsed.paths);
}

}  // namespace millrace::table
