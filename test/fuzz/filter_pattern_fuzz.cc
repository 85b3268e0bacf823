// A line of any text as a filter pattern, the rest as messages: parsing and matching must end without a crash, and a pattern
// answers the same message twice alike.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "services/logs/filter_pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millrace::logs;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const std::size_t line = text.find('\n');
  auto pattern = FilterPattern::parse(text.substr(0, line));
  if (!pattern) return 0;
  const std::string_view message =
      line == std::string_view::npos ? std::string_view() : text.substr(line + 1);
  FilterMatcher first(*pattern), second(*pattern);
  if (first.matches(message) != second.matches(message) || first.matches(message) != second.matches(message))
    std::abort();
  return 0;
}
