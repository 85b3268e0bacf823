// The functions of the query language. Internal to the room; pure.
#pragma once

#include <string_view>
#include <vector>

#include "services/logs/insights/value.h"

namespace millrace::logs::insights {

struct Times {
  Value event;  // nothing for rows without one
  Time now;
};

// Nothing when an operand is no number, or the result is none (division by zero).
Value reckon(std::string_view operation, const Value& left, const Value& right);
// The name and the number of arguments are known to be good.
Value call_function(std::string_view name, const std::vector<Value>& arguments, const Times& times);
// "30s", "5m", "1 hour" without its space; nullopt when it is no period.
std::optional<double> period_millis(std::string_view text);

}  // namespace millrace::logs::insights
