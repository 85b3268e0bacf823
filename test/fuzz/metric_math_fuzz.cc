// Any text as a metric math expression, and as a search: parsing and evaluating end without a crash.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "services/cloudwatch/math_value.h"
#include "services/cloudwatch/search.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millrace::cloudwatch;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (auto search = MetricSearch::parse(text))
    static_cast<void>(search->matches({"a", "r", "AWS/Lambda", "Errors", {{"FunctionName", "f"}}}));
  const auto expression = parse_math(text);
  if (!expression) return 0;
  MathValue series{MathValue::Kind::kSeries, 0, {{"m", "m", 60, {{0, 1}, {60, -2}, {180, 0}}}}, {}};
  MathWorld world;
  world.to = 240;
  world.find = [&](std::string_view id) { return id.starts_with('m') ? &series : nullptr; };
  world.searched = [](const MathNode&) { return nullptr; };
  world.metrics = {&series, &series};
  static_cast<void>(evaluate_math(*expression, world));
  return 0;
}
