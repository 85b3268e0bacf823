// The grammar of queries. Recursive descent, with a bound on how deep.
#include <algorithm>
#include <array>
#include <charconv>
#include <re2/re2.h>
#include <set>

#include "services/logs/insights/lexer.h"
#include "services/logs/insights/query.h"

namespace millrace::logs::insights {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxRows = 10000;

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b,
                            [](char x, char y) { return std::tolower(static_cast<unsigned char>(x)) == y; });
}

// Java's named groups, which the documentation shows, in RE2's way of writing.
std::shared_ptr<const re2::RE2> compile(std::string text) {
  for (std::size_t at = text.find("(?<"); at != std::string::npos; at = text.find("(?<", at + 4)) {
    if (at + 3 < text.size() && text[at + 3] != '=' && text[at + 3] != '!') text.insert(at + 2, "P");
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  return std::make_shared<const re2::RE2>(text, options);
}

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens) : text_(text), tokens_(std::move(tokens)) {}

  base::Result<Query, QueryError> query() {
    Query out;
    do {
      if (symbol_is("|")) continue;  // an empty command, as `| fields`
      if (!command(out.commands.emplace_back())) return base::fail(std::move(error_));
    } while (take("|"));
    if (token().kind != Token::Kind::kEnd) {
      unexpected();
      return base::fail(std::move(error_));
    }
    return out;
  }

 private:
  const Token& token() const { return tokens_[at_]; }
  bool fail(std::string message, const Token& where) {
    if (error_.message.empty()) error_ = {std::move(message), where.begin, where.end};
    return false;
  }
  bool unexpected() {
    return token().kind == Token::Kind::kEnd ? fail("unexpected end of query", token())
                                             : fail("unexpected symbol found " + token().text, token());
  }
  bool symbol_is(std::string_view symbol) const {
    return token().kind == Token::Kind::kSymbol && token().text == symbol;
  }
  bool take(std::string_view symbol) {
    if (!symbol_is(symbol)) return false;
    ++at_;
    return true;
  }
  bool expect(std::string_view symbol) { return take(symbol) || unexpected(); }
  bool word_is(std::string_view word) const {
    return token().kind == Token::Kind::kName && same(token().text, word);
  }
  bool word(std::string_view word) {
    if (!word_is(word)) return false;
    ++at_;
    return true;
  }

  bool command(Command& out) {
    if (word("fields")) return out.kind = Command::Kind::kFields, named_list(out.fields);
    if (word("display")) return out.kind = Command::Kind::kDisplay, named_list(out.fields);
    if (word("dedup")) return out.kind = Command::Kind::kDedup, named_list(out.fields);
    if (word("filter")) return out.kind = Command::Kind::kFilter, any_of(out.condition, 0);
    if (word("stats")) return out.kind = Command::Kind::kStats, stats(out);
    if (word("sort")) return out.kind = Command::Kind::kSort, sort(out);
    if (word("limit") || word("head")) return out.kind = Command::Kind::kLimit, limit(out);
    if (word("parse")) return out.kind = Command::Kind::kParse, parse(out);
    // A condition alone is a filter: `@message like /x/ | ...`.
    if (token().kind == Token::Kind::kEnd) return unexpected();
    out.kind = Command::Kind::kFilter;
    return any_of(out.condition, 0);
  }

  bool name(std::string& out) {
    if (token().kind != Token::Kind::kName && token().kind != Token::Kind::kQuotedName) return unexpected();
    out = tokens_[at_++].text;
    return true;
  }

  std::string written(std::size_t first) const {
    const std::size_t begin = tokens_[first].begin;
    return std::string(text_.substr(begin, tokens_[at_ - 1].end - begin));
  }

  bool named(Named& out) {
    const std::size_t first = at_;
    if (!any_of(out.expression, 0)) return false;
    const bool plain = out.expression.kind == Expression::Kind::kField;
    out.name = plain ? out.expression.name : written(first);
    return !word("as") || name(out.name);
  }
  bool named_list(std::vector<Named>& out) {
    do {
      if (!named(out.emplace_back())) return false;
    } while (take(","));
    return true;
  }

  bool stats(Command& out) {
    do {
      if (!aggregate(out.aggregates.emplace_back())) return false;
    } while (take(","));
    return !word("by") || named_list(out.fields);
  }
  bool aggregate(Aggregate& out) {
    const std::size_t first = at_;
    if (!name(out.function)) return false;
    std::ranges::transform(out.function, out.function.begin(),
                           [](unsigned char c) { return std::tolower(c); });
    if (!expect("(")) return false;
    if (!take("*") && !symbol_is(")")) {
      do {
        if (!any_of(out.arguments.emplace_back(), 0)) return false;
      } while (take(","));
    }
    if (!expect(")")) return false;
    if (!is_aggregate(out.function, out.arguments.size()))
      return fail("unknown aggregation " + out.function + " with " + std::to_string(out.arguments.size()) +
                      " arguments",
                  tokens_[first]);
    out.name = written(first);
    return !word("as") || name(out.name);
  }

  bool sort(Command& out) {
    do {
      SortKey& key = out.sort.emplace_back();
      if (!any_of(key.expression, 0)) return false;
      key.descending = word("desc");
      if (!key.descending) static_cast<void>(word("asc"));
    } while (take(","));
    return true;
  }

  bool limit(Command& out) {
    const std::string& text = token().text;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.limit);
    if (token().kind != Token::Kind::kNumber || error != std::errc() || end != text.data() + text.size())
      return unexpected();
    if (out.limit < 1 || out.limit > kMaxRows) return fail("a limit is between 1 and 10000", token());
    ++at_;
    return true;
  }

  bool parse(Command& out) {
    out.condition.kind = Expression::Kind::kField;
    out.condition.name = "@message";
    if (token().kind != Token::Kind::kText && token().kind != Token::Kind::kRegex && !one(out.condition, 0))
      return false;
    const Token pattern = token();
    if (pattern.kind == Token::Kind::kText) return ++at_, parse_glob(out, pattern);
    if (pattern.kind != Token::Kind::kRegex) return unexpected();
    ++at_;
    out.pattern = compile(pattern.text);
    if (!out.pattern->ok()) return fail("invalid regular expression: " + out.pattern->error(), pattern);
    out.names.resize(static_cast<std::size_t>(out.pattern->NumberOfCapturingGroups()));
    for (const auto& [index, group] : out.pattern->CapturingGroupNames())
      out.names[static_cast<std::size_t>(index) - 1] = group;
    if (out.pattern->CapturingGroupNames().empty())
      return fail("parse needs a named group: (?<name>...)", pattern);
    return true;
  }
  // "user=*, from *": each star is a group, matched as shortly as can be, the last to the end.
  bool parse_glob(Command& out, const Token& glob) {
    std::string regex = "(?s)";
    std::size_t stars = 0;
    for (std::size_t begin = 0;;) {
      const std::size_t star = glob.text.find('*', begin);
      regex += re2::RE2::QuoteMeta(glob.text.substr(begin, star - begin));
      if (star == std::string::npos) break;
      ++stars;
      begin = star + 1;
      regex += begin == glob.text.size() ? "(.*)" : "(.*?)";
    }
    out.pattern = compile(regex);
    if (!word("as")) return unexpected();
    do {
      if (!name(out.names.emplace_back())) return false;
    } while (take(","));
    if (out.names.size() != stars) return fail("parse needs a name for each *", glob);
    return true;
  }

  // Expressions, from the loosest binding to the tightest.
  bool any_of(Expression& out, int depth) { return chain(out, Expression::Kind::kOr, "or", depth); }
  bool all_of(Expression& out, int depth) { return chain(out, Expression::Kind::kAnd, "and", depth); }
  bool chain(Expression& out, Expression::Kind kind, std::string_view between, int depth) {
    if (depth > kMaxDepth) return fail("the query nests too deeply", token());
    const auto part = [&](Expression& into) {
      return kind == Expression::Kind::kOr ? all_of(into, depth + 1) : negated(into, depth + 1);
    };
    if (!part(out)) return false;
    if (!word_is(between)) return true;
    Expression all;
    all.kind = kind;
    all.children.push_back(std::move(out));
    while (word(between)) {
      if (!part(all.children.emplace_back())) return false;
    }
    out = std::move(all);
    return true;
  }
  bool negated(Expression& out, int depth) {
    if (depth > kMaxDepth) return fail("the query nests too deeply", token());
    if (!word("not")) return comparison(out, depth + 1);
    out.kind = Expression::Kind::kNot;
    return negated(out.children.emplace_back(), depth + 1);
  }

  bool comparison(Expression& out, int depth) {
    if (!sum(out, depth + 1)) return false;
    constexpr std::array<std::string_view, 6> kOperators{"=", "!=", "<", "<=", ">", ">="};
    for (const std::string_view known : kOperators) {
      if (take(known)) return binary(out, Expression::Kind::kCompare, known, depth);
    }
    const bool no = word("not");
    if (no && !word_is("like") && !word_is("in")) return unexpected();
    if (word("like") || take("=~")) {
      if (!like(out, depth)) return false;
    } else if (word("in")) {
      if (!in(out, depth)) return false;
    }
    if (no) {
      Expression inner = std::move(out);
      out = {};
      out.kind = Expression::Kind::kNot;
      out.children.push_back(std::move(inner));
    }
    return true;
  }
  bool binary(Expression& out, Expression::Kind kind, std::string_view operation, int depth) {
    Expression both;
    both.kind = kind;
    both.name = operation;
    both.children.push_back(std::move(out));
    if (!sum(both.children.emplace_back(), depth + 1)) return false;
    out = std::move(both);
    return true;
  }
  bool like(Expression& out, int depth) {
    if (token().kind != Token::Kind::kRegex) return binary(out, Expression::Kind::kContains, "like", depth);
    Expression test;
    test.kind = Expression::Kind::kMatches;
    test.regex = compile(token().text);
    if (!test.regex->ok()) return fail("invalid regular expression: " + test.regex->error(), token());
    ++at_;
    test.children.push_back(std::move(out));
    out = std::move(test);
    return true;
  }
  bool in(Expression& out, int depth) {
    Expression test;
    test.kind = Expression::Kind::kIn;
    test.children.push_back(std::move(out));
    if (!expect("[")) return false;
    do {
      if (!sum(test.children.emplace_back(), depth + 1)) return false;
    } while (take(","));
    out = std::move(test);
    return expect("]");
  }

  bool sum(Expression& out, int depth) { return reckon(out, {"+", "-"}, 0, depth); }
  // Levels: + -, then * / %, then ^.
  bool reckon(Expression& out, std::initializer_list<std::string_view> operators, int level, int depth) {
    if (depth > kMaxDepth) return fail("the query nests too deeply", token());
    const auto part = [&](Expression& into) {
      if (level == 0) return reckon(into, {"*", "/", "%"}, 1, depth + 1);
      if (level == 1) return reckon(into, {"^"}, 2, depth + 1);
      return one(into, depth + 1);
    };
    if (!part(out)) return false;
    for (bool more = true; more;) {
      more = false;
      for (const std::string_view operation : operators) {
        if (!take(operation)) continue;
        Expression both;
        both.kind = Expression::Kind::kReckon;
        both.name = operation;
        both.children.push_back(std::move(out));
        if (!part(both.children.emplace_back())) return false;
        out = std::move(both);
        more = true;
        break;
      }
    }
    return true;
  }

  bool one(Expression& out, int depth) {
    if (depth > kMaxDepth) return fail("the query nests too deeply", token());
    const Token here = token();
    if (take("(")) return any_of(out, depth + 1) && expect(")");
    if (take("-")) {
      Expression zero;
      zero.value = Value(0.0);
      out.kind = Expression::Kind::kReckon;
      out.name = "-";
      out.children.push_back(std::move(zero));
      return one(out.children.emplace_back(), depth + 1);
    }
    switch (here.kind) {
      case Token::Kind::kText:
      case Token::Kind::kPeriod:
        out.value = Value(here.text);
        break;
      case Token::Kind::kNumber:
        out.value = Value(Value(here.text).number().value_or(0));
        break;
      case Token::Kind::kQuotedName:
        out.kind = Expression::Kind::kField;
        out.name = here.text;
        break;
      case Token::Kind::kName:
        return field_or_call(out, depth);
      default:
        return unexpected();
    }
    ++at_;
    return true;
  }
  bool field_or_call(Expression& out, int depth) {
    const Token here = tokens_[at_++];
    out.kind = Expression::Kind::kField;
    out.name = here.text;
    if (!take("(")) return true;
    out.kind = Expression::Kind::kCall;
    std::ranges::transform(out.name, out.name.begin(), [](unsigned char c) { return std::tolower(c); });
    if (!symbol_is(")")) {
      do {
        if (!any_of(out.children.emplace_back(), depth + 1)) return false;
      } while (take(","));
    }
    if (!expect(")")) return false;
    return is_function(out.name, out.children.size()) ||
           fail("unknown function " + here.text + " with " + std::to_string(out.children.size()) +
                    " arguments",
                here);
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  QueryError error_;
};

}  // namespace

base::Result<Query, QueryError> parse_query(std::string_view text) {
  auto tokens = tokens_of(text);
  if (!tokens) return base::fail(std::move(tokens.error()));
  return Parser(text, std::move(*tokens)).query();
}

}  // namespace millrace::logs::insights
