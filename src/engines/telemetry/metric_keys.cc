#include "engines/telemetry/metric_keys.h"

#include "store/tuple.h"

namespace millrace::telemetry {

std::string metric_part(const MetricKey& key) {
  std::string out;
  store::append_bytes(out, key.account);
  store::append_bytes(out, key.region);
  store::append_bytes(out, key.name_space);
  store::append_bytes(out, key.name);
  store::append_u64(out, key.dimensions.size());
  for (const auto& [name, value] : key.dimensions) {
    store::append_bytes(out, name);
    store::append_bytes(out, value);
  }
  return out;
}

std::string series_part(const MetricKey& key, std::string_view unit) {
  std::string out = metric_part(key);
  store::append_bytes(out, unit);
  return out;
}

bool decode_series_part(std::string_view part, MetricKey& key, std::string& unit) {
  for (std::string* field : {&key.account, &key.region, &key.name_space, &key.name}) {
    auto text = store::take_bytes(part);
    if (!text) return false;
    *field = std::move(*text);
  }
  const auto dimensions = store::take_u64(part);
  if (!dimensions) return false;
  for (std::uint64_t i = 0; i < *dimensions; ++i) {
    auto name = store::take_bytes(part);
    auto value = name ? store::take_bytes(part) : std::nullopt;
    if (!value) return false;
    key.dimensions.emplace_back(std::move(*name), std::move(*value));
  }
  auto text = store::take_bytes(part);
  if (!text || !part.empty()) return false;
  unit = std::move(*text);
  return true;
}

std::string series_record_key(std::string_view series_part) {
  return std::string("ms").append(series_part);
}

std::string bucket_prefix(std::string_view series_part, std::size_t level) {
  std::string out = std::string("mb").append(series_part);
  store::append_u64(out, level);
  return out;
}

std::string bucket_key(std::string_view series_part, std::size_t level, std::int64_t second) {
  std::string out = bucket_prefix(series_part, level);
  store::append_u64(out, static_cast<std::uint64_t>(second < 0 ? 0 : second));
  return out;
}

std::size_t level_for(const MetricRange& range, std::int64_t now) {
  if (range.period % 60 != 0) return 0;
  const std::int64_t age = now - range.from;
  const bool hours = range.period % 3600 == 0 && range.from % 3600 == 0;
  if (hours || age > kLevels[2].kept) return 3;
  return age > kLevels[1].kept ? 2 : 1;
}

}  // namespace millrace::telemetry
