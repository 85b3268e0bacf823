// A value of a query: nothing, a number, a text or a time. Texts that say a number compare and reckon as one, as the
// query language has it: what a log line holds is text. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace millrace::logs::insights {

struct Time {
  std::int64_t unix_millis = 0;
  auto operator<=>(const Time&) const = default;
};

class Value {
 public:
  Value() = default;
  Value(double number) : value_(number) {}
  Value(std::string text) : value_(std::move(text)) {}
  Value(Time time) : value_(time) {}
  static Value boolean(bool truth) { return Value(truth ? 1.0 : 0.0); }

  bool is_nothing() const { return std::holds_alternative<std::monostate>(value_); }
  // Of a number, a time (milliseconds) or a text that is one and nothing else.
  std::optional<double> number() const;
  // As results show it; empty for nothing. Times are "2026-11-21 08:00:00.000", UTC.
  std::string text() const;
  bool truth() const;

  // By number where both have one, else by text; nothing is smaller than anything.
  static int compare(const Value& left, const Value& right);

 private:
  std::variant<std::monostate, double, std::string, Time> value_;
};

}  // namespace millrace::logs::insights
