// Metric math expressions: their grammar and their parsed form.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace::cloudwatch {

struct MathNode {
  enum class Kind { kNumber, kText, kName, kCall, kOperator, kNegate, kArray };
  Kind kind = Kind::kNumber;
  double number = 0;
  std::string text;             // a name, a function in capitals, an operator ("<=", "&&")
  std::vector<std::size_t> of;  // operands, arguments, elements: indexes into MathExpression::nodes
};

struct MathExpression {
  std::vector<MathNode> nodes;
  std::size_t root = 0;

  // Calls of that function, in the order of the text.
  std::vector<const MathNode*> calls(std::string_view function) const;
  // Names that are used as values.
  std::vector<std::string_view> names() const;
};

// The error says what is wrong and where; texts are at most 2048 characters, nest at most 32 deep.
base::Result<MathExpression, std::string> parse_math(std::string_view text);

}  // namespace millrace::cloudwatch
