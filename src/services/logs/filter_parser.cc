#include "services/logs/filter_parser.h"

#include <cctype>
#include <charconv>
#include <re2/re2.h>

namespace millrace::logs {
namespace {

constexpr int kMaxDepth = 32;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '@' || c == '/' ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

bool FilterParser::fail(std::string why) {
  if (why_.empty()) why_ = std::move(why);
  return false;
}

void FilterParser::skip_space() {
  while (!at_end() && is_space(text_[at_]))
    ++at_;
}

bool FilterParser::take(std::string_view token) {
  if (!text_.substr(at_).starts_with(token)) return false;
  at_ += token.size();
  return true;
}

// Keywords are taken in any case.
bool FilterParser::keyword(std::string_view word) {
  const std::string_view here = text_.substr(at_, word.size());
  if (here.size() < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (std::toupper(static_cast<unsigned char>(here[i])) != word[i]) return false;
  }
  const std::size_t next = at_ + word.size();
  if (next < text_.size() && is_name_character(text_[next])) return false;
  at_ = next;
  skip_space();
  return true;
}

std::string FilterParser::name() {
  const std::size_t begin = at_;
  while (!at_end() && is_name_character(text_[at_]))
    ++at_;
  return std::string(text_.substr(begin, at_ - begin));
}

bool FilterParser::quoted(std::string& out) {
  ++at_;
  while (!at_end() && text_[at_] != '"') {
    if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
    out.push_back(text_[at_++]);
  }
  if (at_end()) return fail("a quotation mark is not closed");
  ++at_;
  return true;
}

bool FilterParser::regex(std::shared_ptr<const re2::RE2>& out) {
  ++at_;
  const std::size_t end = text_.find('%', at_);
  if (end == std::string_view::npos) return fail("a % is not closed");
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  out = std::make_shared<const re2::RE2>(std::string(text_.substr(at_, end - at_)), options);
  at_ = end + 1;
  return out->ok() || fail("the regular expression is not valid: " + out->error());
}

base::Result<FilterPattern, std::string> FilterParser::parse() {
  FilterPattern out;
  skip_space();
  bool parsed = false;
  if (take("{")) {
    parsed = json(out);
  } else if (take("[")) {
    parsed = words(out);
  } else {
    parsed = terms(out);
  }
  skip_space();
  if (parsed && !at_end()) parsed = fail("something follows the pattern");
  if (!parsed) return base::fail(std::move(why_));
  return out;
}

bool FilterParser::terms(FilterPattern& out) {
  for (skip_space(); !at_end(); skip_space()) {
    std::vector<FilterTerm>* kind = &out.terms_.required;
    if (take("?")) {
      kind = &out.terms_.optional;
    } else if (take("-")) {
      kind = &out.terms_.excluded;
    }
    FilterTerm term;
    if (peek() == '%') {
      if (!regex(term.regex)) return false;
    } else if (peek() == '"') {
      if (!quoted(term.text)) return false;
    } else {
      while (!at_end() && !is_space(text_[at_]) && text_[at_] != '"')
        term.text.push_back(text_[at_++]);
      if (term.text.empty()) return fail("a term is missing");
    }
    if (term.regex || term.text.find_first_not_of(" \t") != std::string::npos)
      kind->push_back(std::move(term));
  }
  return true;
}

bool FilterParser::json(FilterPattern& out) {
  out.kind_ = FilterPattern::Kind::kJson;
  FilterNode root;
  if (!either(root, 0)) return false;
  skip_space();
  if (!take("}")) return fail("} is missing");
  out.json_ = std::make_shared<const FilterNode>(std::move(root));
  return true;
}

bool FilterParser::words(FilterPattern& out) {
  out.kind_ = FilterPattern::Kind::kWords;
  in_words_ = true;
  while (true) {
    skip_space();
    if (!word(out)) return false;
    skip_space();
    if (take("]")) return true;
    if (!take(",")) return fail("expected , or ]");
  }
}

bool FilterParser::word(FilterPattern& out) {
  if (take("...")) {
    if (out.gap_) return fail("... may stand once");
    out.gap_ = true;
    return true;
  }
  FilterWord word;
  const std::size_t begin = at_;
  if (peek() != '(') word.name = name();
  skip_space();
  const bool bare = peek() == ',' || peek() == ']';
  if (!bare) {
    at_ = begin;
    FilterNode condition;
    if (!either(condition, 0)) return false;
    word.condition = std::make_shared<const FilterNode>(std::move(condition));
  } else if (word.name.empty()) {
    return fail("a word's name is missing");
  }
  (out.gap_ ? out.after_ : out.before_).push_back(std::move(word));
  return true;
}

bool FilterParser::either(FilterNode& out, int depth) {
  out.kind = FilterNode::Kind::kAny;
  do {
    if (!both(out.children.emplace_back(), depth)) return false;
    skip_space();
  } while (take("||"));
  return true;
}

bool FilterParser::both(FilterNode& out, int depth) {
  out.kind = FilterNode::Kind::kAll;
  do {
    skip_space();
    if (!one(out.children.emplace_back(), depth)) return false;
    skip_space();
  } while (take("&&"));
  return true;
}

bool FilterParser::one(FilterNode& out, int depth) {
  if (!take("(")) return comparison(out);
  if (depth == kMaxDepth) return fail("too many parentheses");
  if (!either(out, depth + 1)) return false;
  skip_space();
  return take(")") || fail(") is missing");
}

bool FilterParser::comparison(FilterNode& out) {
  out.kind = FilterNode::Kind::kTest;
  if (in_words_) {
    FilterStep step;
    step.name = name();
    if (step.name.empty()) return fail("a word's name is missing");
    out.selector.push_back(std::move(step));
  } else if (!selector(out.selector)) {
    return false;
  }
  skip_space();
  return operation(out);
}

bool FilterParser::selector(std::vector<FilterStep>& out) {
  if (!take("$")) return fail("a selector begins with $");
  while (peek() == '.' || peek() == '[') {
    if (!step(out)) return false;
  }
  return true;
}

bool FilterParser::step(std::vector<FilterStep>& out) {
  const bool dotted = take(".");
  FilterStep next;
  if (peek() == '[') {  // also after a dot: $.a.[0]
    ++at_;
    if (!bracket(next)) return false;
  } else if (dotted && take("*")) {
    next.kind = FilterStep::Kind::kAny;
  } else {
    next.name = name();
    if (next.name.empty()) return fail("a property's name is missing");
  }
  out.push_back(std::move(next));
  return true;
}

bool FilterParser::bracket(FilterStep& out) {
  skip_space();
  if (peek() == '"') {
    if (!quoted(out.name)) return false;
  } else if (take("*")) {
    out.kind = FilterStep::Kind::kAny;
  } else {
    out.kind = FilterStep::Kind::kIndex;
    const std::string_view rest = text_.substr(at_);
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), out.index);
    if (error != std::errc()) return fail("an index is missing");
    at_ += static_cast<std::size_t>(end - rest.data());
  }
  skip_space();
  return take("]") || fail("] is missing");
}

bool FilterParser::keyword_test(FilterNode& out) {
  if (keyword("NOT")) {
    out.test = FilterTest::kNotExists;
    return keyword("EXISTS") || fail("expected EXISTS");
  }
  if (keyword("NULL")) {
    out.test = FilterTest::kIsNull;
  } else if (keyword("TRUE")) {
    out.test = FilterTest::kIsTrue;
  } else if (keyword("FALSE")) {
    out.test = FilterTest::kIsFalse;
  } else if (keyword("EXISTS")) {
    out.test = FilterTest::kExists;
  } else {
    return fail("expected NULL, TRUE or FALSE");
  }
  return true;
}

bool FilterParser::operation(FilterNode& out) {
  const bool is = keyword("IS");
  const std::string_view here = text_.substr(at_, 3);
  if (is || here == "NOT" || here == "not") return keyword_test(out);
  if (take("!=")) {
    out.test = FilterTest::kNotEqual;
  } else if (take("<=")) {
    out.test = FilterTest::kLessOrEqual;
  } else if (take(">=")) {
    out.test = FilterTest::kGreaterOrEqual;
  } else if (take("<")) {
    out.test = FilterTest::kLess;
  } else if (take(">")) {
    out.test = FilterTest::kGreater;
  } else if (take("=")) {
    out.test = FilterTest::kEqual;
  } else {
    return fail("expected a comparison");
  }
  return value(out);
}

bool FilterParser::value(FilterNode& out) {
  skip_space();
  if (peek() == '%') {
    const bool equality = out.test == FilterTest::kEqual || out.test == FilterTest::kNotEqual;
    return equality ? regex(out.regex) : fail("a number is missing");
  }
  if (peek() == '"') {
    if (!quoted(out.text)) return false;
  } else {
    const std::string_view ends = in_words_ ? " \t\r\n)&|,]" : " \t\r\n)&|}";
    while (!at_end() && ends.find(text_[at_]) == std::string_view::npos)
      out.text.push_back(text_[at_++]);
    if (out.text.empty()) return fail("a value is missing");
  }
  out.number = number_of(out.text);
  const bool ordered = out.test != FilterTest::kEqual && out.test != FilterTest::kNotEqual;
  return !ordered || out.number || fail("a number is missing");
}

}  // namespace millrace::logs
