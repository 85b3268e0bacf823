#include "services/cloudwatch/math_value.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>

#include <fmt/format.h>

namespace millrace::cloudwatch {
namespace {

using Kind = MathValue::Kind;
using Result = base::Result<MathValue, std::string>;
using Points = std::map<std::int64_t, double>;

MathValue scalar(double number) {
  return {Kind::kScalar, number, {}, {}};
}
MathValue one(MathSeries series) {
  MathValue out{Kind::kSeries, 0, {}, {}};
  out.series.push_back(std::move(series));
  return out;
}

// What cannot be told in a number is no point at all, as CloudWatch leaves out what was divided by zero.
void set(Points& points, std::int64_t at, double value) {
  if (std::isfinite(value)) points.emplace(at, value);
}

double apply(std::string_view op, double a, double b) {
  if (op == "+") return a + b;
  if (op == "-") return a - b;
  if (op == "*") return a * b;
  if (op == "/") return a / b;
  if (op == "^") return std::pow(a, b);
  if (op == "==") return a == b;
  if (op == "!=") return a != b;
  if (op == "<") return a < b;
  if (op == "<=") return a <= b;
  if (op == ">") return a > b;
  if (op == ">=") return a >= b;
  if (op == "&&") return a != 0 && b != 0;
  return a != 0 || b != 0;
}

MathSeries like(const MathSeries& source) {
  return {source.id, source.label, source.period, {}};
}

MathSeries combine(std::string_view op, const MathSeries& a, const MathSeries& b) {
  MathSeries out = like(a);
  out.period = std::gcd(a.period, b.period);
  for (const auto& [at, value] : a.points) {
    const auto other = b.points.find(at);
    if (other != b.points.end()) set(out.points, at, apply(op, value, other->second));
  }
  return out;
}

template <class F>
MathSeries mapped(const MathSeries& source, F f) {
  MathSeries out = like(source);
  for (const auto& [at, value] : source.points)
    set(out.points, at, f(value));
  return out;
}

template <class F>
MathValue each(MathValue value, F f) {
  if (value.kind == Kind::kScalar) return scalar(f(value.number));
  for (MathSeries& series : value.series)
    series = mapped(series, f);
  return value;
}

Result binary(std::string_view op, MathValue a, MathValue b) {
  if (a.kind == Kind::kText || b.kind == Kind::kText)
    return base::fail(fmt::format("a text cannot be an operand of {}", op));
  if (a.kind == Kind::kScalar && b.kind == Kind::kScalar) return scalar(apply(op, a.number, b.number));
  if (b.kind == Kind::kScalar) return each(std::move(a), [&](double x) { return apply(op, x, b.number); });
  if (a.kind == Kind::kScalar) return each(std::move(b), [&](double x) { return apply(op, a.number, x); });
  if (a.kind == Kind::kArray && b.kind == Kind::kArray && a.series.size() != b.series.size())
    return base::fail(fmt::format("the arrays on both sides of {} are not of the same length", op));
  const bool left = a.kind == Kind::kArray;
  MathValue out{left || b.kind == Kind::kArray ? Kind::kArray : Kind::kSeries, 0, {}, {}};
  const std::size_t count = std::max(a.series.size(), b.series.size());
  for (std::size_t i = 0; i < count; ++i) {
    const MathSeries& x = a.series[a.kind == Kind::kArray ? i : 0];
    const MathSeries& y = b.series[b.kind == Kind::kArray ? i : 0];
    MathSeries series = combine(op, x, y);
    if (!left && b.kind == Kind::kArray) {
      series.id = y.id;
      series.label = y.label;
    }
    out.series.push_back(std::move(series));
  }
  return out;
}

double reduce(std::string_view function, const std::vector<double>& values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  const double mean = sum / static_cast<double>(values.size());
  if (function == "SUM") return sum;
  if (function == "AVG") return mean;
  if (function == "MIN") return *std::ranges::min_element(values);
  if (function == "MAX") return *std::ranges::max_element(values);
  double squares = 0;
  for (const double value : values)
    squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

// Of a series over time: a number. Of an array across its series: a series.
Result reduced(std::string_view function, const MathValue& value) {
  if (value.kind == Kind::kScalar) return value;
  if (value.kind == Kind::kText) return base::fail(fmt::format("{} does not take a text", function));
  if (value.kind == Kind::kSeries) {
    std::vector<double> values;
    for (const auto& [at, number] : value.series[0].points)
      values.push_back(number);
    return scalar(values.empty() ? 0 : reduce(function, values));
  }
  std::map<std::int64_t, std::vector<double>> columns;
  MathSeries out{{}, std::string(function), 0, {}};
  for (const MathSeries& series : value.series) {
    out.period = std::gcd(out.period, series.period);
    for (const auto& [at, number] : series.points)
      columns[at].push_back(number);
  }
  for (const auto& [at, values] : columns)
    set(out.points, at, reduce(function, values));
  return one(std::move(out));
}

// DIFF, DIFF_TIME, RATE: each point against the one before it.
MathSeries differences(std::string_view function, const MathSeries& source) {
  MathSeries out = like(source);
  const std::pair<const std::int64_t, double>* before = nullptr;
  for (const auto& point : source.points) {
    if (before != nullptr) {
      const auto seconds = static_cast<double>(point.first - before->first);
      const double change = point.second - before->second;
      set(out.points, point.first,
          function == "DIFF"   ? change
          : function == "RATE" ? change / seconds
                               : seconds);
    }
    before = &point;
  }
  return out;
}

MathSeries running_sum(const MathSeries& source) {
  double sum = 0;
  return mapped(source, [&sum](double value) { return sum += value; });
}

double calendar(std::string_view function, std::int64_t second) {
  namespace chrono = std::chrono;
  const chrono::sys_seconds time{chrono::seconds(second)};
  const chrono::sys_days day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date{day};
  const auto of_day = time - day;
  if (function == "MINUTE") return static_cast<double>(of_day.count() / 60 % 60);
  if (function == "HOUR") return static_cast<double>(of_day.count() / 3600);
  if (function == "DAY") return chrono::weekday(day).iso_encoding();
  if (function == "DATE") return static_cast<unsigned>(date.day());
  if (function == "MONTH") return static_cast<unsigned>(date.month());
  if (function == "YEAR") return static_cast<int>(date.year());
  return static_cast<double>(second);
}

class Evaluator {
 public:
  Evaluator(const MathExpression& expression, const MathWorld& world)
      : expression_(expression), world_(world) {}

  Result value(std::size_t index) {
    const MathNode& node = expression_.nodes[index];
    switch (node.kind) {
      case MathNode::Kind::kNumber:
        return scalar(node.number);
      case MathNode::Kind::kText:
        return MathValue{Kind::kText, 0, {}, node.text};
      case MathNode::Kind::kName:
        return name(node);
      case MathNode::Kind::kNegate: {
        Result inner = value(node.of[0]);
        return inner ? binary("*", std::move(*inner), scalar(-1)) : inner;
      }
      case MathNode::Kind::kOperator: {
        Result left = value(node.of[0]);
        if (!left) return left;
        Result right = value(node.of[1]);
        return right ? binary(node.text, std::move(*left), std::move(*right)) : right;
      }
      case MathNode::Kind::kArray:
        return array(node);
      case MathNode::Kind::kCall:
        return call(node);
    }
    return base::fail(std::string("the expression cannot be evaluated"));
  }

 private:
  Result name(const MathNode& node) {
    if (const MathValue* found = world_.find(node.text)) return *found;
    for (const std::string_view word : {"REPEAT", "LINEAR", "ASC", "DESC", "AVG", "MIN", "MAX", "SUM"}) {
      if (node.text == word) return MathValue{Kind::kText, 0, {}, node.text};
    }
    return base::fail(fmt::format("there is no query with the id {}", node.text));
  }

  Result array(const MathNode& node) {
    MathValue out{Kind::kArray, 0, {}, {}};
    for (const std::size_t element : node.of) {
      Result inner = value(element);
      if (!inner) return inner;
      if (inner->kind == Kind::kScalar) inner = constant(inner->number);
      if (inner->kind == Kind::kText) return base::fail(std::string("an array does not take a text"));
      for (MathSeries& series : inner->series)
        out.series.push_back(std::move(series));
    }
    return out;
  }

  // A number at every period of the range.
  MathValue constant(double number) const {
    MathSeries series{{}, fmt::format("{}", number), 60, {}};
    for (std::int64_t at = world_.from; at < world_.to && series.points.size() < 100'800; at += series.period)
      series.points.emplace(at, number);
    return one(std::move(series));
  }

  Result call(const MathNode& node) {
    const std::string& function = node.text;
    if (function == "SEARCH") {
      const MathValue* found = world_.searched(node);
      if (found != nullptr) return *found;
      return base::fail(std::string("SEARCH takes a text, a statistic and a period"));
    }
    std::vector<MathValue> arguments;
    for (const std::size_t index : node.of) {
      Result argument = value(index);
      if (!argument) return argument;
      arguments.push_back(std::move(*argument));
    }
    if (function == "METRICS") return metrics(arguments);
    if (function == "IF") return condition(std::move(arguments));
    if (function == "FILL") return fill(std::move(arguments));
    if (function == "SORT" || function == "SLICE") return part(function, std::move(arguments));
    if (arguments.size() != 1)
      return base::fail(fmt::format("{} does not take {} arguments", function, arguments.size()));
    return of_one(function, std::move(arguments[0]));
  }

  Result of_one(std::string_view function, MathValue value) {
    for (const std::string_view known : {"SUM", "AVG", "MIN", "MAX", "STDDEV"}) {
      if (function == known) return reduced(function, value);
    }
    if (function == "ABS") return each(std::move(value), [](double x) { return std::fabs(x); });
    if (function == "CEIL") return each(std::move(value), [](double x) { return std::ceil(x); });
    if (function == "FLOOR") return each(std::move(value), [](double x) { return std::floor(x); });
    if (function == "LOG") return each(std::move(value), [](double x) { return std::log(x); });
    if (function == "LOG10") return each(std::move(value), [](double x) { return std::log10(x); });
    if (function == "TIME_SERIES" && value.kind == Kind::kScalar) return constant(value.number);
    if (value.kind != Kind::kSeries && value.kind != Kind::kArray)
      return base::fail(fmt::format("{} needs a time series", function));
    if (function == "PERIOD")
      return scalar(value.series.empty() ? 0 : static_cast<double>(value.series[0].period));
    if (function == "METRIC_COUNT") return scalar(static_cast<double>(value.series.size()));
    if (function == "DATAPOINT_COUNT") {
      for (MathSeries& series : value.series) {
        const auto count = static_cast<double>(series.points.size());
        series = mapped(series, [count](double) { return count; });
      }
      return value;
    }
    if (function == "FIRST" || function == "LAST") {
      if (value.series.empty()) return one({});
      return one(function == "FIRST" ? value.series.front() : value.series.back());
    }
    if (function == "REMOVE_EMPTY") {
      std::erase_if(value.series, [](const MathSeries& series) { return series.points.empty(); });
      return value;
    }
    return over_time(function, std::move(value));
  }

  Result over_time(std::string_view function, MathValue value) {
    for (MathSeries& series : value.series) {
      if (function == "DIFF" || function == "DIFF_TIME" || function == "RATE") {
        series = differences(function, series);
      } else if (function == "RUNNING_SUM") {
        series = running_sum(series);
      } else if (std::ranges::find(kCalendar, function) != std::end(kCalendar)) {
        for (auto& [at, number] : series.points)
          number = calendar(function, at);
      } else {
        return base::fail(fmt::format("Millrace does not evaluate the function {}", function));
      }
    }
    return value;
  }

  Result metrics(const std::vector<MathValue>& arguments) {
    MathValue out{Kind::kArray, 0, {}, {}};
    for (const MathValue* metric : world_.metrics) {
      const MathSeries& series = metric->series[0];
      if (arguments.empty() || series.id.find(arguments[0].text) != std::string::npos)
        out.series.push_back(series);
    }
    return out;
  }

  // IF(condition, then[, else]): what is not there where it is asked for is no point.
  Result condition(std::vector<MathValue> a) {
    if (a.size() != 2 && a.size() != 3) return base::fail(std::string("IF takes two or three arguments"));
    for (const MathValue& value : a) {
      if (value.kind != Kind::kScalar && value.kind != Kind::kSeries)
        return base::fail(std::string("IF takes numbers and time series"));
    }
    if (a[0].kind == Kind::kScalar) {
      if (a[0].number != 0) return a[1];
      if (a.size() == 3) return a[2];
      return one({});
    }
    MathSeries out = like(a[0].series[0]);
    for (const auto& [at, test] : a[0].series[0].points) {
      if (test == 0 && a.size() == 2) continue;
      const MathValue& chosen = test != 0 ? a[1] : a[2];
      if (chosen.kind == Kind::kScalar) {
        set(out.points, at, chosen.number);
      } else if (const auto point = chosen.series[0].points.find(at);
                 point != chosen.series[0].points.end()) {
        set(out.points, at, point->second);
      }
    }
    return one(std::move(out));
  }

  Result fill(std::vector<MathValue> a) {
    const bool series = a.size() == 2 && (a[0].kind == Kind::kSeries || a[0].kind == Kind::kArray);
    if (!series || a[1].kind == Kind::kArray)
      return base::fail(std::string("FILL takes time series, and a number, a time series, REPEAT or LINEAR"));
    if (a[1].kind == Kind::kText && a[1].text != "REPEAT" && a[1].text != "LINEAR")
      return base::fail(std::string("FILL takes time series, and a number, a time series, REPEAT or LINEAR"));
    for (MathSeries& one : a[0].series)
      fill_one(one, a[1]);
    return std::move(a[0]);
  }

  void fill_one(MathSeries& series, const MathValue& with) const {
    if (series.period <= 0) return;
    const Points known = series.points;
    for (std::int64_t at = world_.from; at < world_.to && series.points.size() < 100'800;
         at += series.period) {
      if (known.contains(at)) continue;
      std::optional<double> value;
      const auto next = known.lower_bound(at);
      if (with.kind == Kind::kScalar) {
        value = with.number;
      } else if (with.kind == Kind::kSeries) {
        const auto point = with.series[0].points.find(at);
        if (point != with.series[0].points.end()) value = point->second;
      } else if (next != known.begin()) {  // there is one before
        const auto before = std::prev(next);
        if (with.text == "REPEAT") value = before->second;
        if (with.text == "LINEAR" && next != known.end())
          value = before->second + (next->second - before->second) * static_cast<double>(at - before->first) /
                                       static_cast<double>(next->first - before->first);
      }
      if (value) set(series.points, at, *value);
    }
  }

  // SORT(array, function, order[, count]), SLICE(array, from[, to]).
  Result part(std::string_view function, std::vector<MathValue> a) {
    if (a.size() < 2 || a.size() > 4 || a[0].kind != Kind::kArray)
      return base::fail(fmt::format("{} takes an array and what is wanted of it", function));
    std::vector<MathSeries>& series = a[0].series;
    const auto number = [&](std::size_t i, std::size_t otherwise) {
      if (i >= a.size() || a[i].kind != Kind::kScalar) return otherwise;
      return std::min(series.size(), static_cast<std::size_t>(std::clamp(a[i].number, 0.0, 1e6)));
    };
    if (function == "SLICE") {
      const std::size_t from = number(1, 0), to = std::max(from, number(2, series.size()));
      a[0].series = std::vector<MathSeries>(series.begin() + static_cast<std::ptrdiff_t>(from),
                                            series.begin() + static_cast<std::ptrdiff_t>(to));
      return std::move(a[0]);
    }
    if (a.size() < 3 ||
        (a[1].text != "AVG" && a[1].text != "MIN" && a[1].text != "MAX" && a[1].text != "SUM"))
      return base::fail(std::string("SORT takes an array, one of AVG, MIN, MAX, SUM, and ASC or DESC"));
    const auto key = [&](const MathSeries& one) {
      std::vector<double> values;
      for (const auto& [at, value] : one.points)
        values.push_back(value);
      return values.empty() ? 0 : reduce(a[1].text, values);
    };
    std::ranges::stable_sort(series, [&](const MathSeries& x, const MathSeries& y) {
      return a[2].text == "DESC" ? key(x) > key(y) : key(x) < key(y);
    });
    series.resize(number(3, series.size()));
    return std::move(a[0]);
  }

  static constexpr std::string_view kCalendar[] = {"MINUTE", "HOUR", "DAY", "DATE", "MONTH", "YEAR", "EPOCH"};
  const MathExpression& expression_;
  const MathWorld& world_;
};

}  // namespace

Result evaluate_math(const MathExpression& expression, const MathWorld& world) {
  return Evaluator(expression, world).value(expression.root);
}

}  // namespace millrace::cloudwatch
