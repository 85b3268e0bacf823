#include "services/logs/insights/value.h"

#include <charconv>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

namespace millrace::logs::insights {
namespace {

std::optional<double> number_in(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string time_text(Time time) {
  using namespace std::chrono;
  const sys_time<milliseconds> at{milliseconds(time.unix_millis)};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss clock{at - day};
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

}  // namespace

std::optional<double> Value::number() const {
  if (const double* number = std::get_if<double>(&value_)) return *number;
  if (const Time* time = std::get_if<Time>(&value_)) return static_cast<double>(time->unix_millis);
  if (const std::string* text = std::get_if<std::string>(&value_)) return number_in(*text);
  return std::nullopt;
}

std::string Value::text() const {
  if (const std::string* text = std::get_if<std::string>(&value_)) return *text;
  if (const Time* time = std::get_if<Time>(&value_)) return time_text(*time);
  const double* number = std::get_if<double>(&value_);
  if (number == nullptr) return {};
  constexpr double kExact = 9007199254740992.0;  // integers above are not all told apart
  if (std::trunc(*number) == *number && std::abs(*number) < kExact)
    return fmt::format("{}", static_cast<std::int64_t>(*number));
  return fmt::format("{}", *number);
}

bool Value::truth() const {
  if (const double* number = std::get_if<double>(&value_)) return *number != 0;
  if (const std::string* text = std::get_if<std::string>(&value_))
    return !text->empty() && *text != "false" && *text != "0";
  return !is_nothing();
}

int Value::compare(const Value& left, const Value& right) {
  if (left.is_nothing() || right.is_nothing())
    return static_cast<int>(right.is_nothing()) - static_cast<int>(left.is_nothing());
  const std::optional<double> a = left.number(), b = right.number();
  if (a && b) return *a < *b ? -1 : *a > *b ? 1 : 0;
  const int order = left.text().compare(right.text());
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

}  // namespace millrace::logs::insights
