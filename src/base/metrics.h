// Counters, gauges and histograms of the server, printed as Prometheus text. A Registry is made by the server
// and handed in; a metric lives as long as its registry. Recording is lock-free and may be done from any
// thread; looking a metric up takes a lock, so keep the reference.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace millrace::base {

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(std::int64_t v) { value_.store(v, std::memory_order_relaxed); }
  void add(std::int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Durations in microseconds; power-of-two buckets from 1 us to about 67 s.
class Histogram {
 public:
  static constexpr std::size_t kBuckets = 27;
  void record_us(std::uint64_t microseconds);
  std::uint64_t count() const;
  std::uint64_t sum_us() const { return sum_.load(std::memory_order_relaxed); }
  std::uint64_t bucket(std::size_t i) const { return buckets_[i].load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<std::uint64_t>, kBuckets> buckets_{};
  std::atomic<std::uint64_t> sum_{0};
};

class Registry {
 public:
  // name: [a-z_]+, without the "millrace_" prefix; labels: `operation="PutItem",service="dynamodb"` or empty.
  Counter& counter(std::string_view name, std::string_view labels, std::string_view help);
  Gauge& gauge(std::string_view name, std::string_view labels, std::string_view help);
  Histogram& histogram(std::string_view name, std::string_view labels, std::string_view help);
  std::string prometheus_text() const;

 private:
  template <class Metric>
  struct Family {
    std::string help;
    std::map<std::string, std::unique_ptr<Metric>, std::less<>> series;
  };
  template <class Metric>
  using Families = std::map<std::string, Family<Metric>, std::less<>>;
  template <class Metric>
  Metric& find(Families<Metric>& families, std::string_view name, std::string_view labels,
               std::string_view help);

  mutable std::mutex mutex_;
  Families<Counter> counters_;
  Families<Gauge> gauges_;
  Families<Histogram> histograms_;
};

}  // namespace millrace::base
