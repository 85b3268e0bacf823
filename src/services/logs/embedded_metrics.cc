#include "services/logs/embedded_metrics.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "wire/json_value.h"

namespace millrace::logs {
namespace {

using wire::Json;
using wire::JsonKind;
constexpr std::size_t kMostMetrics = 100, kMostDimensions = 30, kMostValues = 100, kMostSets = 100;

bool is_number(const Json& json) {
  return json.kind() == JsonKind::kInt || json.kind() == JsonKind::kUint || json.kind() == JsonKind::kDouble;
}

std::optional<double> number_in(const Json& object, std::string_view name) {
  const Json value = object.find(name);
  return is_number(value) ? std::optional(value.as_double()) : std::nullopt;
}

// A number, a list of numbers, or a set of statistics.
bool take_values(const Json& json, telemetry::Aggregate& out) {
  if (is_number(json)) {
    out.add(json.as_double());
    return true;
  }
  if (json.kind() == JsonKind::kArray) {
    if (json.size() > kMostValues) return false;
    for (wire::JsonElements e(json); e.next();) {
      if (!is_number(e.value())) return false;
      out.add(e.value().as_double());
    }
    return out.count > 0;
  }
  const Json values = json.find("Values");
  if (values.kind() == JsonKind::kArray) {
    const Json counts = json.find("Counts");
    wire::JsonElements times(counts);
    for (wire::JsonElements e(values); e.next();) {
      const bool counted = counts.kind() == JsonKind::kArray && times.next() && is_number(times.value());
      if (!is_number(e.value())) return false;
      out.add(e.value().as_double(), counted ? times.value().as_double() : 1);
    }
    return out.count > 0;
  }
  const auto count = number_in(json, "Count"), sum = number_in(json, "Sum");
  const auto min = number_in(json, "Min"), max = number_in(json, "Max");
  if (!count || !sum || !min || !max || *count <= 0) return false;
  out.add_set(*count, *sum, *min, *max);
  return true;
}

// The dimensions that a list of names means; nullopt when one is not there.
std::optional<telemetry::Dimensions> dimensions_of(const Json& root, const Json& names) {
  telemetry::Dimensions out;
  if (names.kind() != JsonKind::kArray || names.size() > kMostDimensions) return std::nullopt;
  for (wire::JsonElements e(names); e.next();) {
    if (e.value().kind() != JsonKind::kString) return std::nullopt;
    const Json value = root.find(e.value().as_string());
    if (value.kind() != JsonKind::kString) return std::nullopt;
    out.emplace_back(e.value().as_string(), value.as_string());
  }
  std::ranges::sort(out);
  return out;
}

std::vector<telemetry::Dimensions> dimension_sets(const Json& root, const Json& directive) {
  std::vector<telemetry::Dimensions> out;
  const Json sets = directive.find("Dimensions");
  if (sets.kind() != JsonKind::kArray || sets.size() == 0) return {telemetry::Dimensions{}};
  for (wire::JsonElements e(sets); e.next() && out.size() < kMostSets;) {
    if (auto set = dimensions_of(root, e.value())) out.push_back(std::move(*set));
  }
  return out;
}

void take_metric(const Json& root, const Json& metric, telemetry::Sample sample,
                 const std::vector<telemetry::Dimensions>& sets, std::vector<telemetry::Sample>& out) {
  const Json name = metric.find("Name"), unit = metric.find("Unit");
  if (name.kind() != JsonKind::kString || name.as_string().empty()) return;
  if (!take_values(root.find(name.as_string()), sample.values)) return;
  if (!std::isfinite(sample.values.sum)) return;
  sample.key.name = name.as_string();
  if (unit.kind() == JsonKind::kString) sample.unit = unit.as_string();
  sample.fine = number_in(metric, "StorageResolution") == 1;
  for (const telemetry::Dimensions& dimensions : sets) {
    sample.key.dimensions = dimensions;
    out.push_back(sample);
  }
}

}  // namespace

std::vector<telemetry::Sample> embedded_samples(const telemetry::GroupKey& group, std::string_view message,
                                                base::WallTime time) {
  std::vector<telemetry::Sample> out;
  // Nearly no message has it, which is cheap to tell.
  if (message.find("\"CloudWatchMetrics\"") == std::string_view::npos) return out;
  // Node's console puts time, request and level before what it is given, with tabs between.
  if (!message.starts_with('{')) {
    const std::size_t tab = message.find("\t{");
    if (tab == std::string_view::npos) return out;
    message.remove_prefix(tab + 1);
  }
  wire::JsonParser parser;
  if (!parser.parse(message)) return out;
  const Json root = parser.root(), about = root.find("_aws");
  telemetry::Sample sample;
  sample.time = time;
  if (const auto millis = number_in(about, "Timestamp"); millis && std::fabs(*millis) < 1e14) {
    const base::WallTime said{std::chrono::milliseconds(static_cast<std::int64_t>(*millis))};
    if (time - said < std::chrono::days(14) && said - time < std::chrono::hours(2)) sample.time = said;
  }
  for (wire::JsonElements directives(about.find("CloudWatchMetrics")); directives.next();) {
    const Json directive = directives.value(), name_space = directive.find("Namespace");
    if (name_space.kind() != JsonKind::kString || name_space.as_string().empty()) continue;
    sample.key = {group.account, group.region, std::string(name_space.as_string()), {}, {}};
    const std::vector<telemetry::Dimensions> sets = dimension_sets(root, directive);
    std::size_t taken = 0;
    for (wire::JsonElements metrics(directive.find("Metrics")); metrics.next() && taken < kMostMetrics;
         ++taken)
      take_metric(root, metrics.value(), sample, sets, out);
  }
  return out;
}

void EmbeddedMetrics::stored(const std::vector<telemetry::StoredEvent>& events) {
  for (const telemetry::StoredEvent& stored : events) {
    for (telemetry::Sample& sample : embedded_samples(stored.group, stored.event.message, stored.event.time))
      metrics_.record(std::move(sample));
  }
}

}  // namespace millrace::logs
