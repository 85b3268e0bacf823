#include "services/cloudwatch/search.h"

#include <algorithm>

namespace millrace::cloudwatch {
namespace {

constexpr std::size_t kDeepest = 16;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// Words without quotes find parts of names, whatever their case.
bool fits(std::string_view value, std::string_view text, bool exact) {
  return exact ? value == text : lower(value).find(lower(text)) != std::string::npos;
}

}  // namespace

class MetricSearch::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  base::Result<MetricSearch, std::string> parse() {
    MetricSearch out;
    skip();
    if (peek() == '{' && !schema(out)) return base::fail(std::string("the schema in braces is not closed"));
    out.root_ = any(0);
    skip();
    if (failed_ || at_ < text_.size()) return base::fail(std::string("the search cannot be read"));
    return out;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip() {
    while (peek() == ' ')
      ++at_;
  }

  bool schema(MetricSearch& out) {
    out.schema_ = true;
    for (bool first = true; peek() == '{' || peek() == ','; first = false) {
      ++at_;
      skip();
      std::string name = word("},");
      while (name.ends_with(' '))
        name.pop_back();
      first ? out.name_space_ = std::move(name) : out.dimensions_.emplace_back(std::move(name));
    }
    std::ranges::sort(out.dimensions_);
    return peek() == '}' && ++at_ > 0;
  }

  // Quoted, or up to one of `ends`.
  std::string word(std::string_view ends, bool* quoted = nullptr) {
    std::string out;
    if (peek() == '"') {
      if (quoted != nullptr) *quoted = true;
      for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        out += text_[at_];
      }
      if (peek() != '"') failed_ = true;
      ++at_;
      return out;
    }
    while (at_ < text_.size() && ends.find(text_[at_]) == std::string_view::npos)
      out += text_[at_++];
    return out;
  }

  bool take_word(std::string_view wanted) {
    skip();
    const std::string_view rest = text_.substr(std::min(at_, text_.size()));
    if (!rest.starts_with(wanted)) return false;
    if (rest.size() > wanted.size() && rest[wanted.size()] != ' ' && rest[wanted.size()] != '(') return false;
    at_ += wanted.size();
    return true;
  }

  Term any(std::size_t depth) {
    Term out{Term::Kind::kAny, {}, {}, false, {all(depth)}};
    while (!failed_ && take_word("OR"))
      out.of.push_back(all(depth));
    return out;
  }

  Term all(std::size_t depth) {
    Term out{Term::Kind::kAll, {}, {}, false, {}};
    if (depth > kDeepest) failed_ = true;
    while (!failed_) {
      take_word("AND");
      skip();
      const std::size_t before = at_;
      if (peek() == '\0' || peek() == ')' || take_word("OR")) {
        at_ = before;
        break;
      }
      if (take_word("NOT")) {
        out.of.push_back({Term::Kind::kNot, {}, {}, false, {one(depth + 1)}});
      } else {
        out.of.push_back(one(depth + 1));
      }
    }
    return out;
  }

  Term one(std::size_t depth) {
    skip();
    if (peek() == '(') {
      ++at_;
      Term inner = any(depth + 1);
      skip();
      if (peek() != ')') failed_ = true;
      ++at_;
      return inner;
    }
    Term out{Term::Kind::kText, {}, {}, false, {}};
    out.text = word(" ()=", &out.exact);
    if (peek() == '=') {
      ++at_;
      out.property = std::move(out.text);
      out.exact = false;
      if (peek() == '(') {  // several words of one property
        ++at_;
        Term inner = any(depth + 1);
        skip();
        if (peek() != ')') failed_ = true;
        ++at_;
        give(inner, out.property);
        return inner;
      }
      out.text = word(" ()", &out.exact);
    }
    if (out.text.empty()) failed_ = true;
    return out;
  }

  static void give(Term& term, const std::string& property) {
    if (term.kind == Term::Kind::kText) term.property = property;
    for (Term& inner : term.of)
      give(inner, property);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

base::Result<MetricSearch, std::string> MetricSearch::parse(std::string_view text) {
  if (text.size() > 1024) return base::fail(std::string("the search is longer than 1024 characters"));
  return Parser(text).parse();
}

bool MetricSearch::holds(const Term& term, const telemetry::MetricKey& metric) {
  const auto inner = [&metric](const Term& part) { return holds(part, metric); };
  switch (term.kind) {
    case Term::Kind::kAll:
      return std::ranges::all_of(term.of, inner);
    case Term::Kind::kAny:
      return std::ranges::any_of(term.of, inner);
    case Term::Kind::kNot:
      return !inner(term.of[0]);
    case Term::Kind::kText:
      break;
  }
  const bool anywhere = term.property.empty();
  if ((anywhere || term.property == "MetricName") && fits(metric.name, term.text, term.exact)) return true;
  if ((anywhere || term.property == "Namespace") && fits(metric.name_space, term.text, term.exact))
    return true;
  return std::ranges::any_of(metric.dimensions, [&](const auto& dimension) {
    if (anywhere && fits(dimension.first, term.text, term.exact)) return true;
    return (anywhere || term.property == dimension.first) && fits(dimension.second, term.text, term.exact);
  });
}

bool MetricSearch::matches(const telemetry::MetricKey& metric) const {
  if (schema_) {
    if (metric.name_space != name_space_ || metric.dimensions.size() != dimensions_.size()) return false;
    for (std::size_t i = 0; i < dimensions_.size(); ++i) {
      if (metric.dimensions[i].first != dimensions_[i]) return false;
    }
  }
  return holds(root_, metric);
}

}  // namespace millrace::cloudwatch
