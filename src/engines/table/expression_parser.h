// Expression text to syntax trees: grammar only. Names and functions are looked at by expression_check.h.
// Placeholders stand unresolved in the tree: path elements keep their '#', value nodes have a token and no value.
// The text must outlive the parser and what it made.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engines/table/expression.h"
#include "engines/table/expression_lexer.h"

namespace millrace::table {

class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : tokens_(tokenize(text)) {}

  // Each parses the whole text; false: error() says why. Call one of them, once.
  bool parse_condition();
  bool parse_update();
  bool parse_projection();

  std::string error() const;

  Tree tree;                           // nodes in the order in which their text ends
  std::vector<UpdateAction> actions;   // of an update
  std::vector<std::uint32_t> paths;    // of a projection
  int operators = 0;                   // and functions
  bool redundant_parentheses = false;  // of a condition
  std::string_view repeated_section;   // of an update; "SET", ...

 private:
  enum class Grammar { kCondition, kUpdate, kProjection };
  static constexpr std::uint32_t kFailed = ~std::uint32_t{0};

  const Token& peek() const { return tokens_[at_]; }
  const Token& peek_next() const { return tokens_[at_ + (peek().kind == TokenKind::kEnd ? 0 : 1)]; }
  bool accept(std::string_view punctuation);
  bool expect(std::string_view punctuation);
  std::uint32_t fail();
  std::uint32_t add(Node node);
  std::uint32_t add(NodeKind kind, std::string_view token, std::span<const std::uint32_t> children);
  std::uint32_t add(NodeKind kind, std::string_view token, std::initializer_list<std::uint32_t> children) {
    return add(kind, token, std::span(children.begin(), children.size()));
  }
  bool is_keyword(const Token& token) const;

  std::uint32_t parse_or(bool operand_will_do);
  std::uint32_t parse_and(bool operand_will_do);
  std::uint32_t parse_not(bool operand_will_do);
  std::uint32_t parse_comparison(bool operand_will_do);
  std::uint32_t parse_between(std::uint32_t left);
  std::uint32_t parse_in(std::uint32_t left);
  std::uint32_t parse_group();
  std::uint32_t close_group(std::uint32_t inner);

  std::uint32_t parse_operand();
  std::uint32_t parse_plain_operand();
  std::uint32_t parse_function();
  bool parse_arguments(std::vector<std::uint32_t>& arguments);
  std::uint32_t parse_path();
  bool parse_path_tail(Node& path);

  bool parse_section(UpdateVerb verb);
  bool parse_action(UpdateVerb verb);
  std::uint32_t parse_set_value();

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t failed_at_ = 0;
  int depth_ = 0;
  bool too_deep_ = false;
  bool index_too_large_ = false;
  Grammar grammar_ = Grammar::kCondition;
};

inline constexpr int kMaxOperators = 300;
std::string too_many_operators_message();

}  // namespace millrace::table
