// What metric math computes with, and the computation of one parsed expression. Pure; any thread.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "services/cloudwatch/math.h"

namespace millrace::cloudwatch {

struct MathSeries {
  std::string id;
  std::string label;
  std::int64_t period = 60;
  std::map<std::int64_t, double> points;  // by the second
};

struct MathValue {
  enum class Kind { kScalar, kSeries, kArray, kText };
  Kind kind = Kind::kScalar;
  double number = 0;
  std::vector<MathSeries> series;  // one of a kSeries
  std::string text;                // a quoted text, or a word such as REPEAT
};

struct MathWorld {
  std::int64_t from = 0;  // of the range that is asked for, seconds; to is exclusive
  std::int64_t to = 0;
  // The value of a query's id; null: there is none.
  std::function<const MathValue*(std::string_view id)> find;
  // What a SEARCH call found, read before.
  std::function<const MathValue*(const MathNode& call)> searched;
  // Every query that is a metric.
  std::vector<const MathValue*> metrics;
};

// The error is a sentence.
base::Result<MathValue, std::string> evaluate_math(const MathExpression& expression, const MathWorld& world);

}  // namespace millrace::cloudwatch
