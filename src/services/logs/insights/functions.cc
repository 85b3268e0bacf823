#include "services/logs/insights/functions.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "services/logs/insights/query.h"

namespace millrace::logs::insights {
namespace {

using Arguments = std::vector<Value>;

Value number_or_nothing(double number) {
  return std::isfinite(number) ? Value(number) : Value();
}

// Characters, not bytes.
std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}
std::size_t byte_of(std::string_view text, std::size_t character) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if ((text[at] & 0xC0) != 0x80 && character-- == 0) break;
  }
  return at;
}

std::string trimmed(const std::string& text, std::string_view what, bool left, bool right) {
  const std::size_t begin = left ? text.find_first_not_of(what) : 0;
  if (begin == std::string::npos) return {};
  const std::size_t end = right ? text.find_last_not_of(what) : text.size() - 1;
  return end == std::string::npos ? std::string() : text.substr(begin, end - begin + 1);
}

std::string in_case(std::string text, bool upper) {
  std::ranges::transform(text, text.begin(), [upper](unsigned char c) {
    return static_cast<char>(upper ? std::toupper(c) : std::tolower(c));
  });
  return text;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  if (what.empty()) return text;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

Value substr(const Arguments& a) {
  const std::string text = a[0].text();
  const double first = std::max(0.0, a[1].number().value_or(0));
  const std::size_t begin = byte_of(text, static_cast<std::size_t>(std::min(first, 1e9)));
  if (a.size() < 3) return Value(text.substr(begin));
  const double length = std::clamp(a[2].number().value_or(0), 0.0, 1e9);
  return Value(
      text.substr(begin, byte_of(std::string_view(text).substr(begin), static_cast<std::size_t>(length))));
}

Value rounded_time(const Value& time, const Value& period, bool up) {
  const auto at = time.number();
  const auto step = period_millis(period.text());
  if (!at || !step) return {};
  const double steps = *at / *step;
  return Value(Time{static_cast<std::int64_t>((up ? std::ceil(steps) : std::floor(steps)) * *step)});
}

Value extreme(const Arguments& a, int sign) {
  Value best;
  for (const Value& value : a) {
    if (!value.is_nothing() && (best.is_nothing() || Value::compare(value, best) * sign > 0)) best = value;
  }
  return best;
}

Value coalesce(const Arguments& a) {
  const auto found = std::ranges::find_if(a, [](const Value& value) { return !value.is_nothing(); });
  return found == a.end() ? Value() : *found;
}

Value concat(const Arguments& a) {
  std::string out;
  for (const Value& value : a)
    out += value.text();
  return Value(std::move(out));
}

template <double (*f)(double)>
Value with_number(const Arguments& a, const Times&) {
  const auto number = a[0].number();
  return number ? number_or_nothing(f(*number)) : Value();
}

struct Function {
  std::string_view name;
  std::size_t least, most;
  Value (*call)(const Arguments&, const Times&);
};

constexpr std::size_t kMany = 64;
constexpr auto kFunctions = std::to_array<Function>({
    {"abs", 1, 1, with_number<std::fabs>},
    {"ceil", 1, 1, with_number<std::ceil>},
    {"floor", 1, 1, with_number<std::floor>},
    {"log", 1, 1, with_number<std::log>},
    {"sqrt", 1, 1, with_number<std::sqrt>},
    {"greatest", 1, kMany, [](const Arguments& a, const Times&) { return extreme(a, 1); }},
    {"least", 1, kMany, [](const Arguments& a, const Times&) { return extreme(a, -1); }},
    {"bin", 1, 1, [](const Arguments& a, const Times& t) { return rounded_time(t.event, a[0], false); }},
    {"datefloor", 2, 2, [](const Arguments& a, const Times&) { return rounded_time(a[0], a[1], false); }},
    {"dateceil", 2, 2, [](const Arguments& a, const Times&) { return rounded_time(a[0], a[1], true); }},
    {"frommillis", 1, 1,
     [](const Arguments& a, const Times&) {
       const auto number = a[0].number();
       return number ? Value(Time{static_cast<std::int64_t>(*number)}) : Value();
     }},
    {"tomillis", 1, 1,
     [](const Arguments& a, const Times&) {
       const auto number = a[0].number();
       return number ? Value(*number) : Value();
     }},
    {"now", 0, 0, [](const Arguments&, const Times& t) { return Value(std::floor(static_cast<double>(t.now.unix_millis) / 1000)); }},
    {"ispresent", 1, 1, [](const Arguments& a, const Times&) { return Value::boolean(!a[0].is_nothing()); }},
    {"coalesce", 1, kMany, [](const Arguments& a, const Times&) { return coalesce(a); }},
    {"isempty", 1, 1, [](const Arguments& a, const Times&) { return Value::boolean(a[0].text().empty()); }},
    {"isblank", 1, 1,
     [](const Arguments& a, const Times&) {
       return Value::boolean(a[0].text().find_first_not_of(" \t\r\n") == std::string::npos);
     }},
    {"concat", 1, kMany, [](const Arguments& a, const Times&) { return concat(a); }},
    {"strlen", 1, 1, [](const Arguments& a, const Times&) { return Value(static_cast<double>(length_of(a[0].text()))); }},
    {"toupper", 1, 1, [](const Arguments& a, const Times&) { return Value(in_case(a[0].text(), true)); }},
    {"tolower", 1, 1, [](const Arguments& a, const Times&) { return Value(in_case(a[0].text(), false)); }},
    {"substr", 2, 3, [](const Arguments& a, const Times&) { return substr(a); }},
    {"replace", 3, 3,
     [](const Arguments& a, const Times&) { return Value(replaced(a[0].text(), a[1].text(), a[2].text())); }},
    {"strcontains", 2, 2,
     [](const Arguments& a, const Times&) {
       return Value::boolean(a[0].text().find(a[1].text()) != std::string::npos);
     }},
    {"trim", 1, 2,
     [](const Arguments& a, const Times&) { return Value(trimmed(a[0].text(), a.size() > 1 ? a[1].text() : " \t\r\n", true, true)); }},
    {"ltrim", 1, 2,
     [](const Arguments& a, const Times&) { return Value(trimmed(a[0].text(), a.size() > 1 ? a[1].text() : " \t\r\n", true, false)); }},
    {"rtrim", 1, 2,
     [](const Arguments& a, const Times&) { return Value(trimmed(a[0].text(), a.size() > 1 ? a[1].text() : " \t\r\n", false, true)); }},
});

const Function* find(std::string_view name) {
  const auto found = std::ranges::find(kFunctions, name, &Function::name);
  return found == kFunctions.end() ? nullptr : &*found;
}

}  // namespace

bool is_function(std::string_view name, std::size_t arguments) {
  const Function* function = find(name);
  return function != nullptr && arguments >= function->least && arguments <= function->most;
}

Value call_function(std::string_view name, const std::vector<Value>& arguments, const Times& times) {
  return find(name)->call(arguments, times);
}

Value reckon(std::string_view operation, const Value& left, const Value& right) {
  const auto a = left.number(), b = right.number();
  if (!a || !b) return {};
  switch (operation[0]) {
    case '+':
      return number_or_nothing(*a + *b);
    case '-':
      return number_or_nothing(*a - *b);
    case '*':
      return number_or_nothing(*a * *b);
    case '/':
      return number_or_nothing(*a / *b);
    case '%':
      return number_or_nothing(std::fmod(*a, *b));
    default:
      return number_or_nothing(std::pow(*a, *b));
  }
}

std::optional<double> period_millis(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = Value(std::string(text.substr(0, digits))).number();
  const std::string unit = in_case(std::string(text.substr(digits)), false);
  struct Unit {
    std::string_view names;  // separated by spaces
    double millis;
  };
  constexpr std::array<Unit, 6> kUnits{{{" ms msec msecs millisecond milliseconds ", 1},
                                        {" s sec secs second seconds ", 1e3},
                                        {" m min mins minute minutes ", 60e3},
                                        {" h hr hrs hour hours ", 3600e3},
                                        {" d day days ", 86400e3},
                                        {" w week weeks ", 7 * 86400e3}}};
  if (!count || *count <= 0) return std::nullopt;
  for (const Unit& known : kUnits) {
    if (known.names.find(" " + unit + " ") != std::string_view::npos) return *count * known.millis;
  }
  return std::nullopt;
}

}  // namespace millrace::logs::insights
