// Search expressions of metric math: SEARCH('{AWS/Lambda,FunctionName} MetricName="Errors" prod', 'Sum', 60).
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html. Pure; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engines/telemetry/metric_store.h"

namespace millrace::cloudwatch {

class MetricSearch {
 public:
  static base::Result<MetricSearch, std::string> parse(std::string_view text);
  bool matches(const telemetry::MetricKey& metric) const;

 private:
  struct Term {
    enum class Kind { kText, kAll, kAny, kNot };
    Kind kind = Kind::kAll;
    std::string property;  // MetricName, Namespace, a dimension's name; empty: any of them
    std::string text;
    bool exact = false;
    std::vector<Term> of;
  };
  class Parser;
  static bool holds(const Term& term, const telemetry::MetricKey& metric);

  bool schema_ = false;
  std::string name_space_;
  std::vector<std::string> dimensions_;  // exactly these, sorted
  Term root_;
};

}  // namespace millrace::cloudwatch
