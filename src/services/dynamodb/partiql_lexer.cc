#include "services/dynamodb/partiql_lexer.h"

#include <array>

namespace millrace::dynamodb::partiql {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '@';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  base::Result<std::vector<Token>, std::string> run() {
    std::vector<Token> tokens;
    for (;;) {
      skip_blanks();
      Token token;
      token.offset = at_;
      if (at_ == text_.size()) {
        tokens.push_back(std::move(token));
        return tokens;
      }
      if (!next(token))
        return base::fail(
            "Statement wasn't well formed, can't be processed: Unexpected character at offset " +
            std::to_string(at_));
      tokens.push_back(std::move(token));
    }
  }

 private:
  void skip_blanks() {
    for (;;) {
      while (at_ < text_.size() && is_space(text_[at_]))
        ++at_;
      if (!text_.substr(at_).starts_with("--")) return;
      while (at_ < text_.size() && text_[at_] != '\n')
        ++at_;
    }
  }

  bool next(Token& token) {
    const char c = text_[at_];
    if (c == '\'') return quoted('\'', TokenKind::kString, token);
    if (c == '"') return quoted('"', TokenKind::kQuotedName, token);
    if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) return number(token);
    if (starts_word(c)) return word(token);
    if (c == '?') {
      token.kind = TokenKind::kParameter;
      ++at_;
      return true;
    }
    return symbol(token);
  }

  // A doubled quote is one quote.
  bool quoted(char quote, TokenKind kind, Token& token) {
    token.kind = kind;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] != quote) {
        token.text += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == quote) {
        token.text += quote;
        ++at_;
      } else {
        ++at_;
        return true;
      }
    }
    return false;
  }

  bool number(Token& token) {
    token.kind = TokenKind::kNumber;
    const std::size_t start = at_;
    while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.'))
      ++at_;
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      while (at_ < text_.size() && is_digit(text_[at_]))
        ++at_;
    }
    token.text = text_.substr(start, at_ - start);
    return true;
  }

  bool word(Token& token) {
    token.kind = TokenKind::kWord;
    const std::size_t start = at_;
    while (at_ < text_.size() && (starts_word(text_[at_]) || is_digit(text_[at_])))
      ++at_;
    token.text = text_.substr(start, at_ - start);
    return true;
  }

  bool symbol(Token& token) {
    static constexpr std::array<std::string_view, 23> kSymbols = {
        "<<", ">>", "<>", "!=", "<=", ">=", "||", "=", "<", ">", "(", ")",
        "[",  "]",  "{",  "}",  ",",  ".",  ":",  "*", "+", "-", ";"};
    for (const std::string_view one : kSymbols) {
      if (!text_.substr(at_).starts_with(one)) continue;
      token.kind = TokenKind::kSymbol;
      token.text = one;
      at_ += one.size();
      return true;
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

base::Result<std::vector<Token>, std::string> tokenize(std::string_view statement) {
  return Lexer(statement).run();
}

}  // namespace millrace::dynamodb::partiql
