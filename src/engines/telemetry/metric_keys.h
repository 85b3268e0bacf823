// Keys of metrics (docs/formats/telemetry.md). Internal to the room; pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engines/telemetry/metric_store.h"

namespace millrace::telemetry {

struct Level {
  std::int64_t grain;  // seconds
  std::int64_t kept;   // seconds
};
constexpr std::int64_t kDay = 86400;
constexpr std::array<Level, 4> kLevels{
    {{1, 3 * 3600}, {60, 15 * kDay}, {300, 63 * kDay}, {3600, 455 * kDay}}};

inline std::int64_t floor_to(std::int64_t seconds, std::int64_t grain) {
  return seconds - ((seconds % grain) + grain) % grain;
}

// account, region, namespace, name, dimensions; then the unit.
std::string metric_part(const MetricKey& key);
std::string series_part(const MetricKey& key, std::string_view unit);
bool decode_series_part(std::string_view part, MetricKey& key, std::string& unit);

std::string series_record_key(std::string_view series_part);
std::string bucket_prefix(std::string_view series_part, std::size_t level);
std::string bucket_key(std::string_view series_part, std::size_t level, std::int64_t second);

// The level whose buckets answer a range best.
std::size_t level_for(const MetricRange& range, std::int64_t now);

}  // namespace millrace::telemetry
