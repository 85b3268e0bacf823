// The tokens of an expression. Views into the text, which must outlive them. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::table {

enum class TokenKind : std::uint8_t {
  kWord,         // a letter, then letters, digits, underscores
  kName,         // #placeholder
  kValue,        // :placeholder
  kIndex,        // digits
  kPunctuation,  // ( ) [ ] , . + - = <> < <= > >=
  kUnknown,      // one character that starts none of the above
  kEnd,
};

struct Token {
  TokenKind kind;
  std::string_view text;  // "<EOF>" for kEnd

  bool is(std::string_view punctuation) const {
    return kind == TokenKind::kPunctuation && text == punctuation;
  }
  // A word in any letter case; `upper` in capitals.
  bool is_keyword(std::string_view upper) const;
};

// The last one is kEnd.
std::vector<Token> tokenize(std::string_view text);

// `Syntax error; token: "b", near: "a b c"`: the token with its neighbours, as the text has them.
std::string describe_syntax_error(const std::vector<Token>& tokens, std::size_t at);

}  // namespace millrace::table
