// A condition of a filter pattern, parsed. Internal to filter_pattern.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace millrace::logs {

struct FilterStep {
  enum class Kind { kName, kIndex, kAny } kind = Kind::kName;
  std::string name;
  std::size_t index = 0;
};

enum class FilterTest {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kIsNull,
  kIsTrue,
  kIsFalse,
  kExists,
  kNotExists
};

struct FilterNode {
  enum class Kind { kAll, kAny, kTest } kind = Kind::kTest;
  std::vector<FilterNode> children;  // of kAll and kAny
  std::vector<FilterStep> selector;  // of kTest; for words: their name
  FilterTest test = FilterTest::kEqual;
  std::string text;                       // with * for anything
  std::shared_ptr<const re2::RE2> regex;  // in place of the text
  std::optional<double> number;           // what the text means as a number
};

// * stands for any characters. Linear in practice: one place to go back to.
bool glob_matches(std::string_view pattern, std::string_view text);
std::optional<double> number_of(std::string_view text);

}  // namespace millrace::logs
