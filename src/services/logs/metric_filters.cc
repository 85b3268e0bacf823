#include "services/logs/metric_filters.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "services/logs/filter_node.h"
#include "services/logs/groups.h"
#include "wire/json_value.h"
#include "wire/json_writer.h"

namespace millrace::logs {
namespace {

constexpr std::string_view kKind = "logs.metric-filter";

// Of no account: all are read at start. An account and a region have no slash, a group's name has no colon.
catalog::ResourceKey key_of_filter(const telemetry::GroupKey& group, const std::string& name) {
  return {std::string(kKind), "", "", group.account + "/" + group.region + "/" + group.name + ":" + name};
}

void text_member(std::string& out, std::string_view name, std::string_view value) {
  out.append(out.back() == '{' ? "" : ",");
  wire::append_json_string(out, name);
  out += ':';
  wire::append_json_string(out, value);
}

std::string document_of(const LogMetricFilter& filter) {
  std::string out = "{";
  text_member(out, "account", filter.group.account);
  text_member(out, "region", filter.group.region);
  text_member(out, "group", filter.group.name);
  text_member(out, "name", filter.name);
  text_member(out, "pattern", filter.pattern);
  out += fmt::format(",\"created\":{},\"transforms\":[", base::unix_millis(filter.created));
  for (const MetricTransform& transform : filter.transforms) {
    out += out.back() == '[' ? "{" : ",{";
    text_member(out, "name", transform.name);
    text_member(out, "namespace", transform.name_space);
    text_member(out, "value", transform.value);
    text_member(out, "unit", transform.unit);
    if (transform.default_value) {
      out += ",\"default\":";
      wire::append_json_double(out, *transform.default_value);
    }
    out += ",\"dimensions\":{";
    for (const auto& [name, value] : transform.dimensions)
      text_member(out, name, value);
    out += "}}";
  }
  return out + "]}";
}

std::string text_of(const wire::Json& json, std::string_view name) {
  const wire::Json value = json.find(name);
  return value.kind() == wire::JsonKind::kString ? std::string(value.as_string()) : std::string();
}

std::optional<LogMetricFilter> filter_of(std::string_view document) {
  wire::JsonParser parser;
  if (!parser.parse(document)) return std::nullopt;
  const wire::Json root = parser.root(), created = root.find("created");
  LogMetricFilter out;
  out.group = {text_of(root, "account"), text_of(root, "region"), text_of(root, "group")};
  out.name = text_of(root, "name");
  out.pattern = text_of(root, "pattern");
  if (out.name.empty() || created.kind() != wire::JsonKind::kInt) return std::nullopt;
  out.created = time_of(created.as_int());
  for (wire::JsonElements e(root.find("transforms")); e.next();) {
    MetricTransform& transform = out.transforms.emplace_back();
    transform.name = text_of(e.value(), "name");
    transform.name_space = text_of(e.value(), "namespace");
    transform.value = text_of(e.value(), "value");
    transform.unit = text_of(e.value(), "unit");
    const wire::Json otherwise = e.value().find("default");
    if (otherwise.kind() == wire::JsonKind::kDouble || otherwise.kind() == wire::JsonKind::kInt)
      transform.default_value = otherwise.as_double();
    for (wire::JsonFields f(e.value().find("dimensions")); f.next();) {
      if (f.value().kind() == wire::JsonKind::kString)
        transform.dimensions.emplace(f.key(), f.value().as_string());
    }
  }
  return out;
}

}  // namespace

void MetricFilters::insert(LogMetricFilter filter) {
  auto pattern = FilterPattern::parse(filter.pattern);
  if (!pattern) return;  // of a later version
  std::lock_guard lock(mutex_);
  std::vector<Active>& group = active_[filter.group];
  std::erase_if(group, [&](const Active& known) { return known.filter.name == filter.name; });
  group.push_back({std::move(filter), FilterMatcher(std::move(*pattern))});
  std::ranges::sort(group, {}, [](const Active& active) -> const std::string& { return active.filter.name; });
}

base::Task<bool> MetricFilters::load() {
  catalog::ListRequest request;
  request.kind = kKind;
  request.limit = std::size_t{1} << 20;
  auto page = co_await catalog_.list(std::move(request));
  if (!page) co_return false;
  for (const catalog::Resource& resource : page->resources) {
    if (auto filter = filter_of(resource.document)) insert(std::move(*filter));
  }
  co_return true;
}

base::Task<MetricFilters::Outcome> MetricFilters::put(LogMetricFilter filter) {
  const std::vector<LogMetricFilter> known = of(filter.group);
  const bool replaces = std::ranges::find(known, filter.name, &LogMetricFilter::name) != known.end();
  if (!replaces && known.size() >= kMostOfAGroup) co_return Outcome::kTooMany;
  auto written = co_await catalog_.put(key_of_filter(filter.group, filter.name), document_of(filter));
  if (!written) co_return Outcome::kStoreFailed;
  insert(std::move(filter));
  co_return Outcome::kDone;
}

base::Task<bool> MetricFilters::erase(telemetry::GroupKey group, std::string name) {
  auto erased = co_await catalog_.erase(key_of_filter(group, name));
  if (!erased) co_return false;
  std::lock_guard lock(mutex_);
  const auto found = active_.find(group);
  if (found == active_.end()) co_return true;
  std::erase_if(found->second, [&](const Active& active) { return active.filter.name == name; });
  if (found->second.empty()) active_.erase(found);
  co_return true;
}

std::vector<LogMetricFilter> MetricFilters::of(const telemetry::GroupKey& group) const {
  std::vector<LogMetricFilter> out;
  std::lock_guard lock(mutex_);
  const auto found = active_.find(group);
  if (found == active_.end()) return out;
  for (const Active& active : found->second)
    out.push_back(active.filter);
  return out;
}

std::vector<LogMetricFilter> MetricFilters::all(const std::string& account, const std::string& region) const {
  std::vector<LogMetricFilter> out;
  std::lock_guard lock(mutex_);
  for (const auto& [group, filters] : active_) {
    if (group.account != account || group.region != region) continue;
    for (const Active& active : filters)
      out.push_back(active.filter);
  }
  return out;
}

// Under mutex_: a matcher belongs to one thread at a time.
void MetricFilters::tell(Active& active, const telemetry::LogEvent& event) {
  const bool matches = active.matcher.matches(event.message);
  for (const MetricTransform& transform : active.filter.transforms) {
    telemetry::Sample sample;
    std::optional<double> value = transform.default_value;
    if (matches) {
      const auto text = transform.value.starts_with('$')
                            ? active.matcher.value(event.message, transform.value)
                            : std::optional(transform.value);
      value = text ? number_of(*text) : std::nullopt;
      bool whole = true;
      for (const auto& [name, selector] : transform.dimensions) {
        auto of_event = active.matcher.value(event.message, selector);
        if (of_event && !of_event->empty()) {
          sample.key.dimensions.emplace_back(name, std::move(*of_event));
        } else {
          whole = false;
        }
      }
      if (!whole) continue;  // no value without all its dimensions
    }
    if (!value || !std::isfinite(*value)) continue;
    sample.key.account = active.filter.group.account;
    sample.key.region = active.filter.group.region;
    sample.key.name_space = transform.name_space;
    sample.key.name = transform.name;
    sample.unit = transform.unit;
    sample.time = event.time;
    sample.values.add(*value);
    metrics_.record(std::move(sample));
  }
}

void MetricFilters::stored(const std::vector<telemetry::StoredEvent>& events) {
  std::lock_guard lock(mutex_);
  if (active_.empty()) return;
  for (const telemetry::StoredEvent& stored : events) {
    const auto found = active_.find(stored.group);
    if (found == active_.end()) continue;
    for (Active& active : found->second)
      tell(active, stored.event);
  }
}

}  // namespace millrace::logs
