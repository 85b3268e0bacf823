#include "engines/table/expression_lexer.h"

#include <algorithm>

#include <fmt/format.h>

namespace millrace::table {
namespace {

constexpr std::string_view kEndText = "<EOF>";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word_part(char c) {
  return is_letter(c) || is_digit(c) || c == '_';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

template <class Predicate>
std::size_t run(std::string_view text, std::size_t from, Predicate belongs) {
  while (from < text.size() && belongs(text[from]))
    ++from;
  return from;
}

std::size_t code_point_length(char first) {
  auto c = static_cast<unsigned char>(first);
  return c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

// Length and kind of the token at the front of `text`, which is not empty.
std::pair<TokenKind, std::size_t> first_token(std::string_view text) {
  char c = text[0];
  if (is_letter(c)) return {TokenKind::kWord, run(text, 1, is_word_part)};
  if (is_digit(c)) return {TokenKind::kIndex, run(text, 1, is_digit)};
  if ((c == '#' || c == ':') && text.size() > 1 && is_word_part(text[1])) {
    return {c == '#' ? TokenKind::kName : TokenKind::kValue, run(text, 1, is_word_part)};
  }
  std::string_view two = text.substr(0, 2);
  if (two == "<>" || two == "<=" || two == ">=") return {TokenKind::kPunctuation, 2};
  if (std::string_view("()[],.+-=<>").find(c) != std::string_view::npos) return {TokenKind::kPunctuation, 1};
  return {TokenKind::kUnknown, std::min(code_point_length(c), text.size())};
}

}  // namespace

bool Token::is_keyword(std::string_view upper) const {
  return kind == TokenKind::kWord && text.size() == upper.size() &&
         std::equal(text.begin(), text.end(), upper.begin(), [](char a, char b) { return (a & ~0x20) == b; });
}

std::vector<Token> tokenize(std::string_view text) {
  std::vector<Token> tokens;
  tokens.reserve(text.size() / 4 + 4);
  for (std::size_t at = run(text, 0, is_space); at < text.size(); at = run(text, at, is_space)) {
    auto [kind, length] = first_token(text.substr(at));
    tokens.push_back({kind, text.substr(at, length)});
    at += length;
  }
  tokens.push_back({TokenKind::kEnd, kEndText});
  return tokens;
}

std::string describe_syntax_error(const std::vector<Token>& tokens, std::size_t at) {
  const Token& token = tokens[at];
  bool is_end = token.kind == TokenKind::kEnd;
  std::string_view near;
  if (!is_end || at > 0) {
    const Token& first = at > 0 ? tokens[at - 1] : token;
    const Token& next = tokens[is_end ? at - 1 : at + 1];
    const Token& last = next.kind == TokenKind::kEnd ? token : next;
    const char* begin = first.text.data();
    const char* end = last.text.data() + last.text.size();
    near = {begin, static_cast<std::size_t>(end - begin)};
  }
  return fmt::format("Syntax error; token: \"{}\", near: \"{}\"", token.text, near);
}

}  // namespace millrace::table
