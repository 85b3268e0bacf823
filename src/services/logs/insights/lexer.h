// The words of a query. Internal to the room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "services/logs/insights/query.h"

namespace millrace::logs::insights {

struct Token {
  enum class Kind { kName, kQuotedName, kNumber, kPeriod, kText, kRegex, kSymbol, kEnd } kind = Kind::kEnd;
  std::string text;       // without quotes; of a symbol the symbol
  std::size_t begin = 0;  // in the query
  std::size_t end = 0;
};

// The last is kEnd. A slash begins a regular expression where a value may stand, else it divides.
base::Result<std::vector<Token>, QueryError> tokens_of(std::string_view text);

}  // namespace millrace::logs::insights
