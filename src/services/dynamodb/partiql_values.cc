#include "services/dynamodb/partiql_values.h"

#include <algorithm>

#include "engines/table/item_size.h"
#include "engines/table/number.h"

namespace millrace::dynamodb::partiql {
namespace {

bool same_word(std::string_view a, std::string_view b) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
  return std::ranges::equal(a, b, [&](char x, char y) { return upper(x) == upper(y); });
}

}  // namespace

bool Reader::is_word(std::string_view word, std::size_t ahead) const {
  return peek(ahead).kind == TokenKind::kWord && same_word(peek(ahead).text, word);
}
bool Reader::take_word(std::string_view word) {
  if (!is_word(word)) return false;
  skip();
  return true;
}
bool Reader::is_symbol(std::string_view symbol, std::size_t ahead) const {
  return peek(ahead).kind == TokenKind::kSymbol && peek(ahead).text == symbol;
}
bool Reader::take_symbol(std::string_view symbol) {
  if (!is_symbol(symbol)) return false;
  skip();
  return true;
}

bool Reader::fail(std::string message) {
  if (problem_.empty()) problem_ = std::move(message);
  return false;
}

bool Reader::expected(std::string_view what) {
  return fail("Statement wasn't well formed, can't be processed: Expected " + std::string(what) +
              " at offset " + std::to_string(peek().offset));
}

bool Reader::name(std::string& out) {
  if (peek().kind != TokenKind::kWord && peek().kind != TokenKind::kQuotedName) return expected("a name");
  out = peek().text;
  skip();
  return true;
}

std::string Reader::add_name(const std::string& name) {
  const std::string placeholder = "#n" + std::to_string(out_.names.size());
  out_.names.emplace(placeholder, name);
  return placeholder;
}

std::string Reader::add_value(table::Value value) {
  std::string placeholder = ":v" + std::to_string(out_.values.members.size());
  out_.values.members.emplace_back(placeholder, std::move(value));
  return placeholder;
}

bool Reader::path(Path& out) {
  std::string part;
  if (!name(part)) return false;
  out.text = add_name(part);
  out.last = part;
  out.simple = part;
  for (;;) {
    if (take_symbol(".")) {
      if (!name(part)) return false;
      out.text += "." + add_name(part);
      out.last = part;
    } else if (is_symbol("[")) {
      skip();
      if (peek().kind != TokenKind::kNumber) return expected("an index");
      out.text += "[" + peek().text + "]";
      skip();
      if (!take_symbol("]")) return expected("]");
    } else {
      return true;
    }
    out.simple.clear();
  }
}

bool Reader::starts_literal() const {
  const Token& token = peek();
  switch (token.kind) {
    case TokenKind::kString:
    case TokenKind::kNumber:
    case TokenKind::kParameter:
      return true;
    case TokenKind::kWord:
      return is_word("true") || is_word("false") || is_word("null");
    case TokenKind::kSymbol:
      return token.text == "[" || token.text == "{" || token.text == "<<" || token.text == "-" ||
             token.text == "+";
    default:
      return false;
  }
}

bool Reader::value(std::string& placeholder) {
  table::Value read;
  if (!literal(read)) return false;
  placeholder = add_value(std::move(read));
  return true;
}

bool Reader::number(table::Value& out, bool negative) {
  if (peek().kind != TokenKind::kNumber) return expected("a number");
  const std::string text = (negative ? "-" : "") + peek().text;
  skip();
  auto normal = table::normalize_number(text);
  if (!normal) return fail(table::number_error_message(normal.error(), text));
  out.data = table::Number{std::move(*normal)};
  return true;
}

bool Reader::literal(table::Value& out, int depth) {
  if (depth > table::kMaxNesting)
    return fail(
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond "
        "supported limit");
  if (peek().kind == TokenKind::kString) {
    out.data = table::String{peek().text};
    skip();
    return true;
  }
  if (peek().kind == TokenKind::kParameter) {
    if (next_parameter_ == parameters_.size())
      return fail("Number of parameters in request and statement don't match.");
    out = parameters_[next_parameter_++];
    skip();
    return true;
  }
  if (peek().kind == TokenKind::kNumber) return number(out, false);
  if (take_symbol("-")) return number(out, true);
  if (take_symbol("+")) return number(out, false);
  if (take_word("true")) return out.data = true, true;
  if (take_word("false")) return out.data = false, true;
  if (take_word("null")) return out.data = table::Null{}, true;
  if (take_symbol("[")) return list(out, "]", depth + 1);
  if (take_symbol("{")) return map(out, depth + 1);
  if (take_symbol("<<")) return set(out, depth + 1);
  return expected("a value");
}

bool Reader::list(table::Value& out, std::string_view end, int depth) {
  auto& members = out.data.emplace<table::List>().members;
  if (take_symbol(end)) return true;
  do {
    if (!literal(members.emplace_back(), depth)) return false;
  } while (take_symbol(","));
  return take_symbol(end) || expected(end);
}

bool Reader::map(table::Value& out, int depth) {
  table::Map& map = out.data.emplace<table::Map>();
  if (take_symbol("}")) return true;
  do {
    if (peek().kind != TokenKind::kString && peek().kind != TokenKind::kQuotedName &&
        peek().kind != TokenKind::kWord)
      return expected("an attribute name");
    std::string key = peek().text;
    skip();
    if (!take_symbol(":")) return expected(":");
    table::Value member;
    if (!literal(member, depth)) return false;
    map.set(key, std::move(member));
  } while (take_symbol(","));
  return take_symbol("}") || expected("}");
}

// A bag of strings, of numbers or of binaries is a set.
bool Reader::set(table::Value& out, int depth) {
  table::Value bag;
  if (!list(bag, ">>", depth)) return false;
  auto& members = std::get<table::List>(bag.data).members;
  if (members.empty())
    return fail("One or more parameter values were invalid: An string set  may not be empty");
  const auto gather = [&]<class Single, class Set>(std::vector<std::string> Set::*into,
                                                   std::string Single::*from) {
    Set set;
    for (table::Value& member : members) {
      auto* one = std::get_if<Single>(&member.data);
      if (!one)
        return fail("One or more parameter values were invalid: members of a set must be of one type");
      if (std::ranges::find(set.*into, one->*from) != (set.*into).end())
        return fail("One or more parameter values were invalid: Input collection contains duplicates.");
      (set.*into).push_back(std::move(one->*from));
    }
    if constexpr (!std::is_same_v<Set, table::NumberSet>) std::ranges::sort(set.*into);
    out.data = std::move(set);
    return true;
  };
  if (std::holds_alternative<table::Number>(members[0].data))
    return gather(&table::NumberSet::members, &table::Number::text);
  if (std::holds_alternative<table::Binary>(members[0].data))
    return gather(&table::BinarySet::members, &table::Binary::bytes);
  return gather(&table::StringSet::members, &table::String::text);
}

}  // namespace millrace::dynamodb::partiql
