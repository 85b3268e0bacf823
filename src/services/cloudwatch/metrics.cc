#include "services/cloudwatch/metrics.h"

#include <algorithm>

#include "base/encoding.h"
#include "shapes/cloudwatch/errors.h"

namespace millrace::cloudwatch {

wire::ServiceError store_failed() {
  return internal_service_fault("The data folder cannot be read or written; the server's log says why");
}
wire::ServiceError invalid_request(std::string message) {
  return validation_exception(std::move(message));
}
wire::ServiceError invalid_value(std::string message) {
  return invalid_parameter_value_exception(std::move(message));
}
wire::ServiceError invalid_combination(std::string message) {
  return invalid_parameter_combination_exception(std::move(message));
}
wire::ServiceError missing_parameter(std::string message) {
  return missing_required_parameter_exception(std::move(message));
}

telemetry::MetricKey metric_key(const wire::RequestContext& context, std::string name_space, std::string name,
                                const std::optional<std::vector<Dimension>>& dimensions) {
  telemetry::MetricKey key{context.account(), context.region, std::move(name_space), std::move(name), {}};
  if (dimensions) {
    for (const Dimension& dimension : *dimensions)
      key.dimensions.emplace_back(dimension.name, dimension.value);
    std::ranges::sort(key.dimensions);
  }
  return key;
}

std::vector<Dimension> to_dimensions(const telemetry::Dimensions& dimensions) {
  std::vector<Dimension> out;
  for (const auto& [name, value] : dimensions) {
    Dimension& dimension = out.emplace_back();
    dimension.name = name;
    dimension.value = value;
  }
  return out;
}

bool is_period(std::int64_t seconds) {
  constexpr std::int64_t kShort[] = {1, 5, 10, 20, 30};
  if (seconds <= 0) return false;
  return seconds % 60 == 0 || std::ranges::find(kShort, seconds) != std::end(kShort);
}

std::int64_t round_start(base::WallTime start, std::int64_t period, base::WallTime now) {
  const auto age = now - start;
  std::int64_t grain = 60;
  if (period < 60) grain = period;
  if (age > std::chrono::days(15)) grain = 300;
  if (age > std::chrono::days(63)) grain = 3600;
  const std::int64_t seconds = base::unix_seconds(std::chrono::floor<std::chrono::seconds>(start));
  return seconds - ((seconds % grain) + grain) % grain;
}

base::WallTime at_second(std::int64_t seconds) {
  return base::WallTime(std::chrono::seconds(seconds));
}

std::string make_token(std::string_view position) {
  return base::base64_encode(position);
}
std::optional<std::string> read_token(std::string_view token) {
  auto position = base::base64_decode(token);
  if (!position || position->empty()) return std::nullopt;
  return position;
}

}  // namespace millrace::cloudwatch
