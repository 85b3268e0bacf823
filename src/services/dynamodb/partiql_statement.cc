#include "services/dynamodb/partiql_statement.h"

#include <array>

#include "services/dynamodb/partiql_values.h"

namespace millrace::dynamodb::partiql {
namespace {

using table::Comparison;

constexpr int kMaxDepth = 100;

struct Operator {
  std::string_view symbol;
  std::string_view expression;
  Comparison comparison;
};
constexpr std::array<Operator, 7> kOperators = {{{"=", "=", Comparison::kEq},
                                                 {"<>", "<>", Comparison::kNe},
                                                 {"!=", "<>", Comparison::kNe},
                                                 {"<=", "<=", Comparison::kLe},
                                                 {"<", "<", Comparison::kLt},
                                                 {">=", ">=", Comparison::kGe},
                                                 {">", ">", Comparison::kGt}}};

// "5 < a" is "a > 5".
Comparison turned(Comparison comparison) {
  switch (comparison) {
    case Comparison::kLt:
      return Comparison::kGt;
    case Comparison::kLe:
      return Comparison::kGe;
    case Comparison::kGt:
      return Comparison::kLt;
    case Comparison::kGe:
      return Comparison::kLe;
    default:
      return comparison;
  }
}

// Recursive descent; members return false after a problem was noted in the reader.
class Parser {
 public:
  Parser(Reader& reader, Statement& out) : in_(reader), out_(out) {}

  bool statement() {
    if (in_.take_word("SELECT")) return select() && end();
    if (in_.take_word("INSERT")) return insert() && end();
    if (in_.take_word("UPDATE")) return update() && end();
    if (in_.take_word("DELETE")) return erase() && end();
    if (in_.take_word("EXISTS")) return exists() && end();
    return in_.fail("Statement wasn't well formed, can't be processed: Expected data manipulation");
  }

 private:
  struct Operand {
    std::string text;
    std::string attribute;  // when it is a top-level attribute
    bool is_value = false;
  };

  bool end() {
    in_.take_symbol(";");
    if (in_.peek().kind != TokenKind::kEnd) return in_.expected("the end of the statement");
    return in_.all_parameters_used() ||
           in_.fail("Number of parameters in request and statement don't match.");
  }

  bool from() {
    if (!in_.name(out_.table)) return false;
    return !in_.take_symbol(".") || in_.name(out_.index);
  }

  bool select() {
    if (!in_.take_symbol("*")) {
      do {
        Reader::Path path;
        if (!in_.path(path)) return false;
        SelectItem item{path.text, path.last};
        if (in_.take_word("AS") && !in_.name(item.name)) return false;
        out_.select.push_back(std::move(item));
      } while (in_.take_symbol(","));
    }
    if (!in_.take_word("FROM")) return in_.expected("FROM");
    return from() && where() && order_by();
  }

  bool order_by() {
    if (!in_.take_word("ORDER")) return true;
    if (!in_.take_word("BY")) return in_.expected("BY");
    std::string attribute;
    if (!in_.name(attribute)) return false;
    out_.order_by = attribute;
    out_.descending = in_.take_word("DESC");
    if (!out_.descending) in_.take_word("ASC");
    return true;
  }

  bool exists() {
    out_.verb = Verb::kExists;
    if (!in_.take_symbol("(")) return in_.expected("(");
    if (!in_.take_word("SELECT")) return in_.expected("SELECT");
    return select() && (in_.take_symbol(")") || in_.expected(")"));
  }

  bool insert() {
    out_.verb = Verb::kInsert;
    if (!in_.take_word("INTO")) return in_.expected("INTO");
    if (!from()) return false;
    if (!out_.index.empty())
      return in_.fail(
          "Statement wasn't well formed, can't be processed: FROM clause may only contain a single table "
          "name");
    if (!in_.take_word("VALUE")) return in_.expected("VALUE");
    table::Value item;
    if (!in_.literal(item)) return false;
    auto* map = std::get_if<table::Map>(&item.data);
    if (!map) return in_.expected("a tuple of attributes");
    out_.item = std::move(*map);
    return true;
  }

  bool erase() {
    out_.verb = Verb::kDelete;
    if (!in_.take_word("FROM")) return in_.expected("FROM");
    return from() && where() && returning();
  }

  bool update() {
    out_.verb = Verb::kUpdate;
    if (!from()) return false;
    Clauses clauses;
    for (;;) {
      if (in_.take_word("SET")) {
        do {
          if (!assignment(clauses)) return false;
        } while (in_.take_symbol(","));
      } else if (in_.take_word("REMOVE")) {
        do {
          Reader::Path path;
          if (!in_.path(path)) return false;
          add(clauses.remove, path.text);
        } while (in_.take_symbol(","));
      } else {
        break;
      }
    }
    out_.update = clauses.text();
    if (out_.update.empty()) return in_.expected("SET or REMOVE");
    return where() && returning();
  }

  struct Clauses {
    std::string set, remove, add, erase;
    std::string text() const {
      std::string all;
      const auto append = [&all](std::string_view verb, const std::string& clause) {
        if (!clause.empty()) all.append(all.empty() ? "" : " ").append(verb).append(clause);
      };
      append("SET ", set);
      append("REMOVE ", remove);
      append("ADD ", add);
      append("DELETE ", erase);
      return all;
    }
  };
  static void add(std::string& clause, const std::string& text) {
    clause.append(clause.empty() ? "" : ", ").append(text);
  }

  bool assignment(Clauses& clauses) {
    Reader::Path path;
    if (!in_.path(path)) return false;
    if (!in_.take_symbol("=")) return in_.expected("=");
    const bool adds = in_.is_word("set_add");
    if ((adds || in_.is_word("set_delete")) && in_.is_symbol("(", 1)) {
      in_.skip();
      in_.skip();
      Reader::Path same;
      std::string value;
      if (!in_.path(same)) return false;
      if (!in_.take_symbol(",")) return in_.expected(",");
      if (!in_.value(value)) return false;
      add(adds ? clauses.add : clauses.erase, same.text + " " + value);
      return in_.take_symbol(")") || in_.expected(")");
    }
    std::string right;
    if (!update_value(right)) return false;
    add(clauses.set, path.text + " = " + right);
    return true;
  }

  bool update_value(std::string& out) {
    Operand left;
    if (!operand(left)) return false;
    out = left.text;
    for (const std::string_view sign : {"+", "-"}) {
      if (!in_.take_symbol(sign)) continue;
      Operand right;
      if (!operand(right)) return false;
      out.append(" ").append(sign).append(" ").append(right.text);
      return true;
    }
    return true;
  }

  bool returning() {
    if (!in_.take_word("RETURNING")) return true;
    const bool all = in_.take_word("ALL");
    if (!all && !in_.take_word("MODIFIED")) return in_.expected("ALL or MODIFIED");
    const bool old = in_.take_word("OLD");
    if (!old && !in_.take_word("NEW")) return in_.expected("OLD or NEW");
    if (!in_.take_symbol("*")) return in_.expected("*");
    out_.returning = all ? (old ? Returning::kAllOld : Returning::kAllNew)
                         : (old ? Returning::kModifiedOld : Returning::kModifiedNew);
    return true;
  }

  bool where() {
    if (!in_.take_word("WHERE")) return true;
    return either(out_.where, 0);
  }

  // a OR b. One alternative alone leaves its conjuncts apart.
  bool either(std::vector<Conjunct>& out, int depth) {
    if (!both(out, depth)) return false;
    while (in_.take_word("OR")) {
      std::vector<Conjunct> right;
      if (!both(right, depth)) return false;
      Conjunct joined;
      joined.text = "(" + join(out) + ") OR (" + join(right) + ")";
      out.assign(1, std::move(joined));
    }
    return true;
  }

  bool both(std::vector<Conjunct>& out, int depth) {
    do {
      if (!negation(out, depth)) return false;
    } while (in_.take_word("AND"));
    return true;
  }

  // One alone stays as it is: parentheses within parentheses would be refused.
  static std::string join(const std::vector<Conjunct>& all) {
    if (all.size() == 1) return all.front().text;
    std::string text;
    for (const Conjunct& one : all)
      text.append(text.empty() ? "(" : " AND (").append(one.text).append(")");
    return text;
  }

  bool negation(std::vector<Conjunct>& out, int depth) {
    if (depth > kMaxDepth)
      return in_.fail("Statement wasn't well formed, can't be processed: nested too deeply");
    if (in_.take_word("NOT")) {
      std::vector<Conjunct> inner;
      if (!negation(inner, depth + 1)) return false;
      Conjunct negated;
      negated.text = "NOT (" + join(inner) + ")";
      out.push_back(std::move(negated));
      return true;
    }
    if (in_.take_symbol("(")) {
      if (!either(out, depth + 1)) return false;
      return in_.take_symbol(")") || in_.expected(")");
    }
    Conjunct one;
    if (!comparison(one)) return false;
    out.push_back(std::move(one));
    return true;
  }

  // begins_with, contains, attribute_type: conditions by themselves.
  bool is_condition_function() const {
    return in_.is_symbol("(", 1) &&
           (in_.is_word("begins_with") || in_.is_word("contains") || in_.is_word("attribute_type"));
  }

  bool function(Conjunct& out) {
    const bool begins = in_.is_word("begins_with");
    const std::string name = begins ? "begins_with" : in_.is_word("contains") ? "contains" : "attribute_type";
    in_.skip();
    in_.skip();
    Operand left, right;
    if (!operand(left)) return false;
    if (!in_.take_symbol(",")) return in_.expected(",");
    if (!operand(right)) return false;
    out.text = name + "(" + left.text + ", " + right.text + ")";
    if (begins && !left.attribute.empty() && right.is_value) {
      out.attribute = left.attribute;
      out.comparison = Comparison::kBeginsWith;
      out.values = {right.text};
    }
    return in_.take_symbol(")") || in_.expected(")");
  }

  bool operand(Operand& out) {
    if (in_.starts_literal()) {
      out.is_value = true;
      return in_.value(out.text);
    }
    if (in_.is_word("size") && in_.is_symbol("(", 1)) return call("size", 1, out);
    if (in_.is_word("list_append") && in_.is_symbol("(", 1)) return call("list_append", 2, out);
    if (in_.is_word("if_not_exists") && in_.is_symbol("(", 1)) return call("if_not_exists", 2, out);
    Reader::Path path;
    if (!in_.path(path)) return false;
    out.text = path.text;
    out.attribute = path.simple;
    return true;
  }

  bool call(std::string_view name, int arguments, Operand& out) {
    in_.skip();
    in_.skip();
    out.text = std::string(name) + "(";
    for (int i = 0; i < arguments; ++i) {
      Operand argument;
      if (i > 0 && !in_.take_symbol(",")) return in_.expected(",");
      if (++depth_ > kMaxDepth)
        return in_.fail("Statement wasn't well formed, can't be processed: nested too deeply");
      if (!operand(argument)) return false;
      --depth_;
      out.text += (i > 0 ? ", " : "") + argument.text;
    }
    out.text += ")";
    return in_.take_symbol(")") || in_.expected(")");
  }

  bool comparison(Conjunct& out) {
    if (is_condition_function()) return function(out);
    Operand left;
    if (!operand(left)) return false;
    if (in_.take_word("IS")) return is(left, out);
    const bool negated = in_.is_word("NOT") && (in_.is_word("IN", 1) || in_.is_word("BETWEEN", 1));
    if (negated) in_.skip();
    if (in_.take_word("BETWEEN")) return between(left, negated, out);
    if (in_.take_word("IN")) return in(left, negated, out);
    for (const Operator& one : kOperators) {
      if (!in_.take_symbol(one.symbol)) continue;
      Operand right;
      if (!operand(right)) return false;
      out.text = left.text + " " + std::string(one.expression) + " " + right.text;
      note_key(left, right, one.comparison, out);
      return true;
    }
    return in_.expected("a comparison");
  }

  static void note_key(const Operand& left, const Operand& right, Comparison comparison, Conjunct& out) {
    if (!left.attribute.empty() && right.is_value) {
      out.attribute = left.attribute;
      out.comparison = comparison;
      out.values = {right.text};
    } else if (!right.attribute.empty() && left.is_value) {
      out.attribute = right.attribute;
      out.comparison = turned(comparison);
      out.values = {left.text};
    }
  }

  bool is(const Operand& left, Conjunct& out) {
    const bool negated = in_.take_word("NOT");
    if (in_.take_word("MISSING")) {
      out.text = (negated ? "attribute_exists(" : "attribute_not_exists(") + left.text + ")";
      return true;
    }
    if (!in_.take_word("NULL")) return in_.expected("MISSING or NULL");
    out.text = left.text + (negated ? " <> " : " = ") + in_.add_value(table::Value{table::Null{}});
    return true;
  }

  bool between(const Operand& left, bool negated, Conjunct& out) {
    Operand low, high;
    if (!operand(low)) return false;
    if (!in_.take_word("AND")) return in_.expected("AND");
    if (!operand(high)) return false;
    out.text = (negated ? "NOT " : "") + left.text + " BETWEEN " + low.text + " AND " + high.text;
    if (negated || left.attribute.empty() || !low.is_value || !high.is_value) return true;
    out.attribute = left.attribute;
    out.comparison = Comparison::kBetween;
    out.values = {low.text, high.text};
    return true;
  }

  bool in(const Operand& left, bool negated, Conjunct& out) {
    const std::string_view end = in_.is_symbol("(") ? ")" : "]";
    if (!in_.take_symbol("(") && !in_.take_symbol("[")) return in_.expected("[");
    std::string list;
    do {
      Operand one;
      if (!operand(one)) return false;
      list.append(list.empty() ? "" : ", ").append(one.text);
      out.values.push_back(one.text);
    } while (in_.take_symbol(","));
    if (!in_.take_symbol(end)) return in_.expected(end);
    out.text = (negated ? "NOT " : "") + left.text + " IN (" + list + ")";
    if (!negated && !left.attribute.empty()) {
      out.attribute = left.attribute;
      out.comparison = Comparison::kIn;
    }
    return true;
  }

  Reader& in_;
  Statement& out_;
  int depth_ = 0;
};

}  // namespace

base::Result<Statement, std::string> parse_statement(std::string_view text,
                                                     const std::vector<table::Value>& parameters) {
  auto tokens = tokenize(text);
  if (!tokens) return base::fail(std::move(tokens.error()));
  Statement statement;
  Reader reader(std::move(*tokens), parameters, statement);
  if (!Parser(reader, statement).statement()) return base::fail(reader.problem());
  return statement;
}

}  // namespace millrace::dynamodb::partiql
