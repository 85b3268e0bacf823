#include "services/cloudwatch/math.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace millrace::cloudwatch {
namespace {

constexpr std::size_t kLongest = 2048, kDeepest = 32;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

// From the loosest to the tightest.
constexpr std::string_view kLevels[][6] = {{"||"},     {"&&"},     {"==", "!=", "<=", ">=", "<", ">"},
                                           {"+", "-"}, {"*", "/"}, {"^"}};
constexpr std::size_t kTightest = std::size(kLevels) - 1;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  base::Result<MathExpression, std::string> parse() {
    if (text_.size() > kLongest) return base::fail(std::string("the expression is too long"));
    const auto root = operators(0, 0);
    skip();
    if (root && at_ < text_.size()) fail("unexpected text");
    if (!error_.empty()) return base::fail(std::move(error_));
    out_.root = *root;
    return std::move(out_);
  }

 private:
  using Index = std::optional<std::size_t>;

  void skip() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  Index fail(std::string_view what) {
    if (error_.empty()) error_ = fmt::format("{} at character {}", what, at_ + 1);
    return std::nullopt;
  }
  std::size_t add(MathNode node) {
    out_.nodes.push_back(std::move(node));
    return out_.nodes.size() - 1;
  }
  bool take(std::string_view token) {
    skip();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  // An operator of that level, if one stands here; AND and OR are words for two of them.
  std::string_view take_operator(std::size_t level) {
    skip();
    if (level < 2) {
      const std::string_view word = level == 0 ? "OR" : "AND";
      const std::string_view rest = text_.substr(at_);
      const bool ends =
          rest.size() <= word.size() || !(is_letter(rest[word.size()]) || is_digit(rest[word.size()]));
      if (ends && upper(rest.substr(0, word.size())) == word) {
        at_ += word.size();
        return kLevels[level][0];
      }
    }
    for (const std::string_view token : kLevels[level]) {
      if (!token.empty() && take(token)) return token;
    }
    return {};
  }

  Index operators(std::size_t level, std::size_t depth) {
    if (depth > kDeepest) return fail("the expression nests too deep");
    if (level == kTightest) return power(depth);
    Index left = operators(level + 1, depth);
    while (left) {
      const std::string_view token = take_operator(level);
      if (token.empty()) return left;
      const Index right = operators(level + 1, depth);
      if (!right) return std::nullopt;
      left = add({MathNode::Kind::kOperator, 0, std::string(token), {*left, *right}});
    }
    return std::nullopt;
  }

  // Binds to the right; a sign binds tighter on its right side only: -2^2 is -4, 2^-1 is a half.
  Index power(std::size_t depth) {
    if (depth > kDeepest) return fail("the expression nests too deep");
    if (take("-")) {
      const Index inner = power(depth + 1);
      if (!inner) return std::nullopt;
      return add({MathNode::Kind::kNegate, 0, "-", {*inner}});
    }
    const Index base = primary(depth);
    if (!base || !take("^")) return base;
    const Index exponent = power(depth + 1);
    if (!exponent) return std::nullopt;
    return add({MathNode::Kind::kOperator, 0, "^", {*base, *exponent}});
  }

  Index primary(std::size_t depth) {
    skip();
    if (at_ == text_.size()) return fail("the expression ends too early");
    const char c = text_[at_];
    if (c == '(') {
      ++at_;
      const Index inner = operators(0, depth + 1);
      if (inner && !take(")")) return fail("a parenthesis is not closed");
      return inner;
    }
    if (c == '[') {
      ++at_;
      MathNode node{MathNode::Kind::kArray, 0, "", {}};
      if (!list("]", depth, node)) return std::nullopt;
      return add(std::move(node));
    }
    if (c == '\'' || c == '"') return quoted(c);
    if (is_digit(c) || c == '.') return number();
    if (is_letter(c)) return name(depth);
    return fail("unexpected character");
  }

  Index quoted(char quote) {
    std::string value;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == quote) {
        ++at_;
        return add({MathNode::Kind::kText, 0, std::move(value), {}});
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_];
    }
    return fail("a text is not closed");
  }

  Index number() {
    double value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc() || !std::isfinite(value)) return fail("this is no number");
    at_ = static_cast<std::size_t>(end - text_.data());
    return add({MathNode::Kind::kNumber, value, "", {}});
  }

  Index name(std::size_t depth) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_])))
      ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (!take("(")) return add({MathNode::Kind::kName, 0, std::string(word), {}});
    MathNode node{MathNode::Kind::kCall, 0, upper(word), {}};
    if (!list(")", depth, node)) return std::nullopt;
    return add(std::move(node));
  }

  bool list(std::string_view close, std::size_t depth, MathNode& node) {
    if (take(close)) return true;
    do {
      const Index element = operators(0, depth + 1);
      if (!element) return false;
      node.of.push_back(*element);
    } while (take(","));
    return take(close) || fail("a list is not closed").has_value();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string error_;
  MathExpression out_;
};

}  // namespace

std::vector<const MathNode*> MathExpression::calls(std::string_view function) const {
  std::vector<const MathNode*> out;
  for (const MathNode& node : nodes) {
    if (node.kind == MathNode::Kind::kCall && node.text == function) out.push_back(&node);
  }
  return out;
}

std::vector<std::string_view> MathExpression::names() const {
  std::vector<std::string_view> out;
  for (const MathNode& node : nodes) {
    if (node.kind == MathNode::Kind::kName) out.push_back(node.text);
  }
  return out;
}

base::Result<MathExpression, std::string> parse_math(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace millrace::cloudwatch
