// The data of one query of GetMetricData, or of an alarm's metric: points over time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/cloudwatch/math_value.h"
#include "services/cloudwatch/operations.h"
#include "shapes/cloudwatch/types/metric_data_query.h"

namespace millrace::cloudwatch {

using QueryData = MathSeries;

struct QueryRange {
  base::WallTime start;
  base::WallTime end;
};

// The texts of CloudWatch for a list of queries that cannot be; nullopt: it is in order.
std::optional<wire::ServiceError> check_queries(const std::vector<MetricDataQuery>& queries,
                                                std::string_view parameter);

// Where the data are: an account and a region.
struct QueryPlace {
  std::string account;
  std::string region;
  base::WallTime now;
};

// The series of each query, beside `queries`: of a search, or an array, there may be any number; of a query that is not to be returned
// there are none. ValidationError: an expression cannot be evaluated.
using QueryResults = std::vector<std::vector<QueryData>>;
base::Task<base::Result<QueryResults, wire::ServiceError>> evaluate_queries(
    CloudWatch& service, const QueryPlace& place, const std::vector<MetricDataQuery>& queries,
    QueryRange range);

}  // namespace millrace::cloudwatch
