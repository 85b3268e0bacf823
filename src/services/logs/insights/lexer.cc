#include "services/logs/insights/lexer.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace millrace::logs::insights {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool begins_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '@' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool continues_name(char c) {
  return begins_name(c) || is_digit(c) || c == '.';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  base::Result<std::vector<Token>, QueryError> all() {
    while (next()) {
    }
    if (!error_.message.empty()) return base::fail(std::move(error_));
    tokens_.push_back({Token::Kind::kEnd, "", text_.size(), text_.size()});
    return std::move(tokens_);
  }

 private:
  bool fail(std::string message) {
    error_ = {std::move(message), at_, std::min(at_ + 1, text_.size())};
    return false;
  }
  void add(Token::Kind kind, std::string text, std::size_t begin) {
    tokens_.push_back({kind, std::move(text), begin, at_});
  }
  char here(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void skip_space() {
    while (at_ < text_.size()) {
      if (text_[at_] == '#')
        at_ = std::min(text_.find('\n', at_), text_.size());
      else if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0)
        ++at_;
      else
        return;
    }
  }

  bool next() {
    skip_space();
    if (at_ >= text_.size()) return false;
    const std::size_t begin = at_;
    const char c = here();
    if (begins_name(c)) {
      while (at_ < text_.size() && continues_name(text_[at_]))
        ++at_;
      add(Token::Kind::kName, std::string(text_.substr(begin, at_ - begin)), begin);
      return true;
    }
    if (is_digit(c) || (c == '.' && is_digit(here(1)))) return number(begin);
    if (c == '"' || c == '\'' || c == '`') return quoted(begin, c);
    if (c == '/' && value_may_stand()) return regex(begin);
    return symbol(begin);
  }

  bool number(std::size_t begin) {
    while (is_digit(here()) || (here() == '.' && is_digit(here(1))))
      ++at_;
    if ((here() == 'e' || here() == 'E') && (is_digit(here(1)) || (here(1) == '-' && is_digit(here(2))))) {
      at_ += 2;
      while (is_digit(here()))
        ++at_;
    }
    Token::Kind kind = Token::Kind::kNumber;
    while (std::isalpha(static_cast<unsigned char>(here())) != 0) {  // 5m, 1h
      kind = Token::Kind::kPeriod;
      ++at_;
    }
    add(kind, std::string(text_.substr(begin, at_ - begin)), begin);
    return true;
  }

  bool quoted(std::size_t begin, char quote) {
    std::string out;
    for (++at_; here() != quote; ++at_) {
      if (at_ >= text_.size()) return fail("a quote is not closed");
      if (here() == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        const char c = here();
        if (c != quote && c != '\\') out += '\\';
        out += c;
      } else {
        out += here();
      }
    }
    ++at_;
    add(quote == '`' ? Token::Kind::kQuotedName : Token::Kind::kText, std::move(out), begin);
    return true;
  }

  bool regex(std::size_t begin) {
    std::string out;
    for (++at_; here() != '/'; ++at_) {
      if (at_ >= text_.size()) return fail("a regular expression is not closed");
      if (here() == '\\' && here(1) == '/')
        ++at_;
      else if (here() == '\\' && at_ + 1 < text_.size())
        out += text_[at_++];
      out += here();
    }
    ++at_;
    add(Token::Kind::kRegex, std::move(out), begin);
    return true;
  }

  bool value_may_stand() const {
    if (tokens_.empty()) return true;
    const Token& last = tokens_.back();
    if (last.kind == Token::Kind::kSymbol) return last.text != ")" && last.text != "]";
    if (last.kind != Token::Kind::kName) return false;
    constexpr std::array<std::string_view, 5> kBefore{"like", "in", "not", "and", "or"};
    const bool operand = std::ranges::find(kBefore, last.text) == kBefore.end();
    // `parse @message /.../`: a field and then an expression
    const bool parsed = tokens_.size() >= 2 && tokens_[tokens_.size() - 2].text == "parse";
    return !operand || parsed || last.text == "parse";
  }

  bool symbol(std::size_t begin) {
    constexpr std::array<std::string_view, 5> kLong{"!=", "<=", ">=", "=~", "=="};
    for (const std::string_view known : kLong) {
      if (!text_.substr(at_).starts_with(known)) continue;
      at_ += known.size();
      add(Token::Kind::kSymbol, std::string(known == "==" ? "=" : known), begin);
      return true;
    }
    if (std::string_view("|,()[]=<>+-*/%^").find(here()) == std::string_view::npos)
      return fail("unexpected symbol found " + std::string(1, here()));
    ++at_;
    add(Token::Kind::kSymbol, std::string(text_.substr(begin, 1)), begin);
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
  QueryError error_;
};

}  // namespace

base::Result<std::vector<Token>, QueryError> tokens_of(std::string_view text) {
  return Lexer(text).all();
}

}  // namespace millrace::logs::insights
