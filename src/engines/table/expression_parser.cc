#include "engines/table/expression_parser.h"

#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace millrace::table {
namespace {

// Nesting beyond this needs more operators than are allowed, or parentheses that are redundant.
constexpr int kMaxDepth = 320;

struct Named {
  std::string_view name;
  NodeKind kind;
};
constexpr std::array<Named, 6> kComparators = {{{"=", NodeKind::kEqual},
                                                {"<>", NodeKind::kNotEqual},
                                                {"<", NodeKind::kLess},
                                                {"<=", NodeKind::kLessOrEqual},
                                                {">", NodeKind::kGreater},
                                                {">=", NodeKind::kGreaterOrEqual}}};
constexpr std::array<Named, 6> kConditionFunctions = {
    {{"attribute_exists", NodeKind::kAttributeExists},
     {"attribute_not_exists", NodeKind::kAttributeNotExists},
     {"attribute_type", NodeKind::kAttributeType},
     {"begins_with", NodeKind::kBeginsWith},
     {"contains", NodeKind::kContains},
     {"size", NodeKind::kSize}}};
constexpr std::array<Named, 2> kUpdateFunctions = {
    {{"if_not_exists", NodeKind::kIfNotExists}, {"list_append", NodeKind::kListAppend}}};

template <class Table>
NodeKind kind_of(const Table& table, std::string_view name) {
  for (const auto& entry : table) {
    if (entry.name == name) return entry.kind;
  }
  return NodeKind::kUnknownFunction;
}

bool is_plain_operand(const Node& node) {
  return node.kind == NodeKind::kPath || node.kind == NodeKind::kValue;
}

bool is_function(const Node& node) {
  switch (node.kind) {
    case NodeKind::kSize:
    case NodeKind::kAttributeExists:
    case NodeKind::kAttributeNotExists:
    case NodeKind::kAttributeType:
    case NodeKind::kBeginsWith:
    case NodeKind::kContains:
    case NodeKind::kUnknownFunction:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string too_many_operators_message() {
  return fmt::format("The expression contains too many operators; operator count: {}", kMaxOperators + 1);
}

std::string ExpressionParser::error() const {
  if (too_deep_) return too_many_operators_message();
  if (index_too_large_) {
    return fmt::format("List index is not within the allowable range; index: [{}]", tokens_[failed_at_].text);
  }
  return describe_syntax_error(tokens_, failed_at_);
}

bool ExpressionParser::accept(std::string_view punctuation) {
  if (!peek().is(punctuation)) return false;
  ++at_;
  return true;
}

bool ExpressionParser::expect(std::string_view punctuation) {
  return accept(punctuation) || fail() != kFailed;
}

std::uint32_t ExpressionParser::fail() {
  failed_at_ = at_;
  return kFailed;
}

std::uint32_t ExpressionParser::add(Node node) {
  if (tree.nodes.empty()) tree.nodes.reserve(8);
  tree.nodes.push_back(node);
  return static_cast<std::uint32_t>(tree.nodes.size() - 1);
}

std::uint32_t ExpressionParser::add(NodeKind kind, std::string_view token,
                                    std::span<const std::uint32_t> children) {
  Node node{.kind = kind, .token = token};
  node.count = static_cast<std::uint16_t>(children.size());
  node.first = static_cast<std::uint32_t>(tree.children.size());
  tree.children.insert(tree.children.end(), children.begin(), children.end());
  ++operators;
  return add(node);
}

bool ExpressionParser::is_keyword(const Token& token) const {
  switch (grammar_) {
    case Grammar::kCondition:
      return token.is_keyword("AND") || token.is_keyword("OR") || token.is_keyword("NOT") ||
             token.is_keyword("IN") || token.is_keyword("BETWEEN");
    case Grammar::kUpdate:
      return token.is_keyword("SET") || token.is_keyword("REMOVE") || token.is_keyword("ADD") ||
             token.is_keyword("DELETE");
    case Grammar::kProjection:
      return false;
  }
  return false;
}

// Conditions ---------------------------------------------------------------------------------------------------------

bool ExpressionParser::parse_condition() {
  grammar_ = Grammar::kCondition;
  tree.root = parse_or(false);
  if (tree.root == kFailed) return false;
  return peek().kind == TokenKind::kEnd || fail() != kFailed;
}

// A parenthesised operand looks like a parenthesised condition until its comparator comes: inside parentheses, and
// alone there, an operand will do.
std::uint32_t ExpressionParser::parse_or(bool operand_will_do) {
  std::uint32_t first = parse_and(operand_will_do);
  if (first == kFailed || !peek().is_keyword("OR")) return first;
  std::vector<std::uint32_t> children = {first};
  std::string_view token = peek().text;
  while (peek().is_keyword("OR")) {
    ++at_;
    if (children.size() > 1) ++operators;
    if (children.emplace_back(parse_and(false)) == kFailed) return kFailed;
  }
  return add(NodeKind::kOr, token, std::span(children));
}

std::uint32_t ExpressionParser::parse_and(bool operand_will_do) {
  std::uint32_t first = parse_not(operand_will_do);
  if (first == kFailed || !peek().is_keyword("AND")) return first;
  std::vector<std::uint32_t> children = {first};
  std::string_view token = peek().text;
  while (peek().is_keyword("AND")) {
    ++at_;
    if (children.size() > 1) ++operators;
    if (children.emplace_back(parse_not(false)) == kFailed) return kFailed;
  }
  return add(NodeKind::kAnd, token, std::span(children));
}

std::uint32_t ExpressionParser::parse_not(bool operand_will_do) {
  if (!peek().is_keyword("NOT")) return parse_comparison(operand_will_do);
  std::string_view token = peek().text;
  ++at_;
  if (++depth_ > kMaxDepth) {
    too_deep_ = true;
    return fail();
  }
  std::uint32_t child = parse_not(false);
  --depth_;
  return child == kFailed ? kFailed : add(NodeKind::kNot, token, {child});
}

std::uint32_t ExpressionParser::parse_comparison(bool operand_will_do) {
  std::uint32_t left = peek().is("(") ? parse_group() : parse_plain_operand();
  if (left == kFailed) return kFailed;
  bool plain = is_plain_operand(tree.nodes[left]);
  if (!plain && !is_function(tree.nodes[left])) return left;
  const Token& token = peek();
  if (token.kind == TokenKind::kPunctuation) {
    NodeKind kind = kind_of(kComparators, token.text);
    if (kind != NodeKind::kUnknownFunction) {
      ++at_;
      std::uint32_t right = parse_operand();
      return right == kFailed ? kFailed : add(kind, token.text, {left, right});
    }
  }
  if (token.is_keyword("BETWEEN")) return parse_between(left);
  if (token.is_keyword("IN")) return parse_in(left);
  if (plain && !(operand_will_do && token.is(")"))) return fail();
  return left;
}

std::uint32_t ExpressionParser::parse_between(std::uint32_t left) {
  std::string_view token = tokens_[at_++].text;
  std::uint32_t low = parse_operand();
  if (low == kFailed) return kFailed;
  if (!peek().is_keyword("AND")) return fail();
  ++at_;
  std::uint32_t high = parse_operand();
  return high == kFailed ? kFailed : add(NodeKind::kBetween, token, {left, low, high});
}

std::uint32_t ExpressionParser::parse_in(std::uint32_t left) {
  std::string_view token = tokens_[at_++].text;
  std::vector<std::uint32_t> children = {left};
  if (!expect("(") || !parse_arguments(children)) return kFailed;
  return add(NodeKind::kIn, token, std::span(children));
}

std::uint32_t ExpressionParser::parse_group() {
  ++at_;
  if (++depth_ > kMaxDepth) {
    too_deep_ = true;
    return fail();
  }
  std::uint32_t inner = parse_or(true);
  --depth_;
  return inner == kFailed ? kFailed : close_group(inner);
}

std::uint32_t ExpressionParser::close_group(std::uint32_t inner) {
  if (!expect(")")) return kFailed;
  Node& node = tree.nodes[inner];
  if (node.in_parentheses) redundant_parentheses = true;
  node.in_parentheses = true;
  if (grammar_ == Grammar::kCondition && node.kind == NodeKind::kPath && (peek().is(".") || peek().is("["))) {
    node.in_parentheses = false;
    if (!parse_path_tail(node)) return kFailed;
  }
  return inner;
}

// Operands -----------------------------------------------------------------------------------------------------------

std::uint32_t ExpressionParser::parse_operand() {
  if (!accept("(")) return parse_plain_operand();
  if (++depth_ > kMaxDepth) {
    too_deep_ = true;
    return fail();
  }
  std::uint32_t inner = parse_operand();
  --depth_;
  return inner == kFailed ? kFailed : close_group(inner);
}

std::uint32_t ExpressionParser::parse_plain_operand() {
  const Token& token = peek();
  if (token.kind == TokenKind::kValue) {
    ++at_;
    return add(Node{.kind = NodeKind::kValue, .token = token.text});
  }
  if (token.kind == TokenKind::kWord && !is_keyword(token) && peek_next().is("(")) return parse_function();
  return parse_path();
}

std::uint32_t ExpressionParser::parse_function() {
  std::string_view name = peek().text;
  NodeKind kind =
      grammar_ == Grammar::kUpdate ? kind_of(kUpdateFunctions, name) : kind_of(kConditionFunctions, name);
  at_ += 2;
  if (++depth_ > kMaxDepth) {
    too_deep_ = true;
    return fail();
  }
  std::vector<std::uint32_t> arguments;
  if (!parse_arguments(arguments)) return kFailed;
  --depth_;
  return add(kind, name, std::span(arguments));
}

// Behind the opening parenthesis; takes the closing one.
bool ExpressionParser::parse_arguments(std::vector<std::uint32_t>& arguments) {
  do {
    if (arguments.emplace_back(parse_operand()) == kFailed) return false;
  } while (accept(","));
  return expect(")");
}

std::uint32_t ExpressionParser::parse_path() {
  const Token& token = peek();
  if (token.kind != TokenKind::kName && (token.kind != TokenKind::kWord || is_keyword(token))) return fail();
  ++at_;
  Node path{.kind = NodeKind::kPath, .count = 1, .token = token.text};
  path.first = static_cast<std::uint32_t>(tree.path_elements.size());
  tree.path_elements.push_back({.name = token.text});
  return parse_path_tail(path) ? add(path) : kFailed;
}

// `path` must be the one whose elements were added last.
bool ExpressionParser::parse_path_tail(Node& path) {
  for (;;) {
    if (accept(".")) {
      const Token& token = peek();
      if (token.kind != TokenKind::kName && (token.kind != TokenKind::kWord || is_keyword(token))) {
        return fail() != kFailed;
      }
      tree.path_elements.push_back({.name = token.text});
    } else if (accept("[")) {
      const Token& token = peek();
      if (token.kind != TokenKind::kIndex) return fail() != kFailed;
      std::uint32_t index = 0;
      auto end = token.text.data() + token.text.size();
      if (std::from_chars(token.text.data(), end, index).ec != std::errc{} ||
          index > static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max())) {
        index_too_large_ = true;
        return fail() != kFailed;
      }
      if (!peek_next().is("]")) {
        ++at_;
        return fail() != kFailed;
      }
      ++at_;
      tree.path_elements.push_back({.index = index, .is_index = true});
    } else {
      return true;
    }
    ++at_;
    ++path.count;
  }
}

// Projections --------------------------------------------------------------------------------------------------------

bool ExpressionParser::parse_projection() {
  grammar_ = Grammar::kProjection;
  do {
    if (paths.emplace_back(parse_path()) == kFailed) return false;
  } while (accept(","));
  return peek().kind == TokenKind::kEnd || fail() != kFailed;
}

// Updates ------------------------------------------------------------------------------------------------------------

bool ExpressionParser::parse_update() {
  grammar_ = Grammar::kUpdate;
  static constexpr std::array<std::pair<std::string_view, UpdateVerb>, 4> kSections = {
      {{"SET", UpdateVerb::kSet},
       {"REMOVE", UpdateVerb::kRemove},
       {"ADD", UpdateVerb::kAdd},
       {"DELETE", UpdateVerb::kDelete}}};
  std::array<bool, kSections.size()> seen{};
  do {
    std::size_t i = 0;
    while (i < kSections.size() && !peek().is_keyword(kSections[i].first))
      ++i;
    if (i == kSections.size()) return fail() != kFailed;
    ++at_;
    if (!parse_section(kSections[i].second)) return false;
    if (seen[i] && repeated_section.empty()) repeated_section = kSections[i].first;
    seen[i] = true;
  } while (peek().kind != TokenKind::kEnd);
  return true;
}

bool ExpressionParser::parse_section(UpdateVerb verb) {
  do {
    if (!parse_action(verb)) return false;
  } while (accept(","));
  return true;
}

bool ExpressionParser::parse_action(UpdateVerb verb) {
  UpdateAction action{.verb = verb, .path = parse_path(), .value = 0};
  if (action.path == kFailed) return false;
  if (verb == UpdateVerb::kSet) {
    if (!expect("=")) return false;
    action.value = parse_set_value();
  } else if (verb != UpdateVerb::kRemove) {
    action.value = peek().kind == TokenKind::kValue ? parse_plain_operand() : fail();
  }
  if (action.value == kFailed) return false;
  actions.push_back(action);
  return true;
}

// operand, operand + operand, operand - operand; the sum, and each operand, may stand in parentheses.
std::uint32_t ExpressionParser::parse_set_value() {
  std::uint32_t left;
  if (accept("(")) {
    if (++depth_ > kMaxDepth) {
      too_deep_ = true;
      return fail();
    }
    left = parse_set_value();
    --depth_;
    if (left == kFailed || !expect(")")) return kFailed;
    NodeKind kind = tree.nodes[left].kind;
    if (kind == NodeKind::kAdd || kind == NodeKind::kSubtract) return left;
  } else {
    left = parse_plain_operand();
    if (left == kFailed) return kFailed;
  }
  const Token& token = peek();
  if (!token.is("+") && !token.is("-")) return left;
  ++at_;
  std::uint32_t right = parse_operand();
  if (right == kFailed) return kFailed;
  return add(token.is("+") ? NodeKind::kAdd : NodeKind::kSubtract, token.text, {left, right});
}

}  // namespace millrace::table
