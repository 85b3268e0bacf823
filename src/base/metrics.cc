#include "base/metrics.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

namespace millrace::base {
namespace {

void print_sample(std::string& out, std::string_view name, std::string_view labels, auto value) {
  if (labels.empty()) {
    fmt::format_to(std::back_inserter(out), "millrace_{} {}\n", name, value);
  } else {
    fmt::format_to(std::back_inserter(out), "millrace_{}{{{}}} {}\n", name, labels, value);
  }
}

void print_histogram(std::string& out, std::string_view name, std::string_view labels,
                     const Histogram& histogram) {
  const std::string separator = labels.empty() ? "" : ",";
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < Histogram::kBuckets; ++i) {
    cumulative += histogram.bucket(i);
    const bool last = i + 1 == Histogram::kBuckets;
    const std::string le =
        last ? "+Inf" : fmt::format("{:g}", static_cast<double>(std::uint64_t{1} << i) / 1e6);
    print_sample(out, fmt::format("{}_bucket", name), fmt::format("{}{}le=\"{}\"", labels, separator, le),
                 cumulative);
  }
  print_sample(out, fmt::format("{}_sum", name), labels, static_cast<double>(histogram.sum_us()) / 1e6);
  print_sample(out, fmt::format("{}_count", name), labels, cumulative);
}

template <class Families, class Print>
void print_families(std::string& out, const Families& families, std::string_view type, Print print) {
  for (const auto& [name, family] : families) {
    fmt::format_to(std::back_inserter(out), "# HELP millrace_{} {}\n# TYPE millrace_{} {}\n", name,
                   family.help, name, type);
    for (const auto& [labels, metric] : family.series)
      print(out, name, labels, *metric);
  }
}

}  // namespace

void Histogram::record_us(std::uint64_t microseconds) {
  // Bucket i holds values <= 2^i us; the last one holds the rest.
  const std::size_t bucket =
      microseconds <= 1 ? 0 : static_cast<std::size_t>(std::bit_width(microseconds - 1));
  buckets_[std::min(bucket, kBuckets - 1)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(microseconds, std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const {
  std::uint64_t total = 0;
  for (const auto& bucket : buckets_)
    total += bucket.load(std::memory_order_relaxed);
  return total;
}

template <class Metric>
Metric& Registry::find(Families<Metric>& families, std::string_view name, std::string_view labels,
                       std::string_view help) {
  std::lock_guard lock(mutex_);
  auto& family = families.try_emplace(std::string(name), Family<Metric>{std::string(help), {}}).first->second;
  auto& slot = family.series.try_emplace(std::string(labels)).first->second;
  if (!slot) slot = std::make_unique<Metric>();
  return *slot;
}

Counter& Registry::counter(std::string_view name, std::string_view labels, std::string_view help) {
  return find(counters_, name, labels, help);
}
Gauge& Registry::gauge(std::string_view name, std::string_view labels, std::string_view help) {
  return find(gauges_, name, labels, help);
}
Histogram& Registry::histogram(std::string_view name, std::string_view labels, std::string_view help) {
  return find(histograms_, name, labels, help);
}

std::string Registry::prometheus_text() const {
  std::lock_guard lock(mutex_);
  std::string out;
  const auto print_value = [](std::string& to, std::string_view name, std::string_view labels,
                              const auto& metric) { print_sample(to, name, labels, metric.value()); };
  print_families(out, counters_, "counter", print_value);
  print_families(out, gauges_, "gauge", print_value);
  print_families(out, histograms_, "histogram", print_histogram);
  return out;
}

}  // namespace millrace::base
