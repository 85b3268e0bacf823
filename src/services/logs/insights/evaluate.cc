// What expressions mean for one record.
#include <re2/re2.h>

#include "services/logs/insights/functions.h"
#include "services/logs/insights/query.h"

namespace millrace::logs::insights {
namespace {

// A comparison with what is not there holds for != only.
bool compare(const Expression& expression, const Value& left, const Value& right) {
  const std::string& operation = expression.name;
  if (left.is_nothing() || right.is_nothing())
    return operation == "!=" && left.is_nothing() != right.is_nothing();
  const int order = Value::compare(left, right);
  if (operation == "=") return order == 0;
  if (operation == "!=") return order != 0;
  if (operation == "<") return order < 0;
  if (operation == "<=") return order <= 0;
  if (operation == ">") return order > 0;
  return order >= 0;
}

bool contains(const Value& text, const Value& part) {
  return !text.is_nothing() && text.text().find(part.text()) != std::string::npos;
}

}  // namespace

Value evaluate(const Expression& expression, const Record& record, Time now) {
  const auto child = [&](std::size_t index) { return evaluate(expression.children[index], record, now); };
  const std::size_t count = expression.children.size();
  switch (expression.kind) {
    case Expression::Kind::kValue:
      return expression.value;
    case Expression::Kind::kField:
      return record.get(expression.name);
    case Expression::Kind::kOr:
    case Expression::Kind::kAnd: {
      const bool all = expression.kind == Expression::Kind::kAnd;
      for (std::size_t i = 0; i < count; ++i) {
        if (child(i).truth() != all) return Value::boolean(!all);
      }
      return Value::boolean(all);
    }
    case Expression::Kind::kNot:
      return Value::boolean(!child(0).truth());
    case Expression::Kind::kCompare:
      return Value::boolean(compare(expression, child(0), child(1)));
    case Expression::Kind::kReckon:
      return reckon(expression.name, child(0), child(1));
    case Expression::Kind::kContains:
      return Value::boolean(contains(child(0), child(1)));
    case Expression::Kind::kMatches: {
      const Value text = child(0);
      return Value::boolean(!text.is_nothing() && re2::RE2::PartialMatch(text.text(), *expression.regex));
    }
    case Expression::Kind::kIn: {
      const Value sought = child(0);
      for (std::size_t i = 1; i < count; ++i) {
        if (!sought.is_nothing() && Value::compare(sought, child(i)) == 0) return Value::boolean(true);
      }
      return Value::boolean(false);
    }
    case Expression::Kind::kCall:
      break;
  }
  std::vector<Value> arguments;
  for (std::size_t i = 0; i < count; ++i)
    arguments.push_back(child(i));
  return call_function(expression.name, arguments, {record.get("@timestamp"), now});
}

}  // namespace millrace::logs::insights
