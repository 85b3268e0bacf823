// What the operations share: the metric a request means, ranges of time as CloudWatch rounds them, errors.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/cloudwatch/operations.h"
#include "shapes/cloudwatch/types/dimension.h"

namespace millrace::cloudwatch {

wire::ServiceError store_failed();
// ValidationError, InvalidParameterValue, InvalidParameterCombination, MissingParameter.
wire::ServiceError invalid_request(std::string message);
wire::ServiceError invalid_value(std::string message);
wire::ServiceError invalid_combination(std::string message);
wire::ServiceError missing_parameter(std::string message);

telemetry::MetricKey metric_key(const wire::RequestContext& context, std::string name_space, std::string name,
                                const std::optional<std::vector<Dimension>>& dimensions);
std::vector<Dimension> to_dimensions(const telemetry::Dimensions& dimensions);

// 1, 5, 10, 20, 30 or a multiple of 60 seconds.
bool is_period(std::int64_t seconds);
// The start of a range, rounded down: to the period below a minute, else to a minute, to five when it is over 15 days ago, to an hour
// when over 63.
std::int64_t round_start(base::WallTime start, std::int64_t period, base::WallTime now);
base::WallTime at_second(std::int64_t seconds);

// Positions that lists continue from.
std::string make_token(std::string_view position);
std::optional<std::string> read_token(std::string_view token);

}  // namespace millrace::cloudwatch
