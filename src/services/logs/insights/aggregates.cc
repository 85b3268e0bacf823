#include "services/logs/insights/aggregates.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace millrace::logs::insights {
namespace {

using Arguments = std::vector<Value>;

class Count final : public Gatherer {
 public:
  void add(const Arguments& a, const Value&) override { count_ += a.empty() || !a[0].is_nothing() ? 1 : 0; }
  Value result() override { return Value(count_); }

 private:
  double count_ = 0;
};

class Distinct final : public Gatherer {
 public:
  void add(const Arguments& a, const Value&) override {
    if (!a[0].is_nothing()) seen_.insert(a[0].text());
  }
  Value result() override { return Value(static_cast<double>(seen_.size())); }

 private:
  std::set<std::string> seen_;
};

// sum, avg and stddev, by Welford's way: large sums of near numbers keep their difference.
class Moments final : public Gatherer {
 public:
  enum class What { kSum, kMean, kDeviation };
  explicit Moments(What what) : what_(what) {}
  void add(const Arguments& a, const Value&) override {
    const auto number = a[0].number();
    if (!number) return;
    ++count_;
    sum_ += *number;
    const double before = *number - mean_;
    mean_ += before / count_;
    squares_ += before * (*number - mean_);
  }
  Value result() override {
    if (count_ == 0) return {};
    if (what_ == What::kSum) return Value(sum_);
    if (what_ == What::kMean) return Value(sum_ / count_);
    return Value(std::sqrt(squares_ / count_));
  }

 private:
  What what_;
  double count_ = 0, sum_ = 0, mean_ = 0, squares_ = 0;
};

class Extreme final : public Gatherer {
 public:
  explicit Extreme(int sign) : sign_(sign) {}
  void add(const Arguments& a, const Value&) override {
    if (!a[0].is_nothing() && (best_.is_nothing() || Value::compare(a[0], best_) * sign_ > 0)) best_ = a[0];
  }
  Value result() override { return best_; }

 private:
  int sign_;
  Value best_;
};

// earliest and latest: the value of the record with the first or last time.
class Edge final : public Gatherer {
 public:
  explicit Edge(int sign) : sign_(sign) {}
  void add(const Arguments& a, const Value& time) override {
    if (a[0].is_nothing() || (!value_.is_nothing() && Value::compare(time, time_) * sign_ <= 0)) return;
    time_ = time;
    value_ = a[0];
  }
  Value result() override { return value_; }

 private:
  int sign_;
  Value time_, value_;
};

class Percentile final : public Gatherer {
 public:
  explicit Percentile(bool median) : median_(median) {}
  void add(const Arguments& a, const Value&) override {
    const auto number = a[0].number();
    if (!number) return;
    numbers_.push_back(*number);
    percent_ = median_ ? 50 : std::clamp(a[1].number().value_or(50), 0.0, 100.0);
  }
  Value result() override {
    if (numbers_.empty()) return {};
    // The nearest rank.
    const double rank = std::ceil(percent_ / 100 * static_cast<double>(numbers_.size()));
    const auto at = static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
    std::ranges::nth_element(numbers_, numbers_.begin() + at);
    return Value(numbers_[static_cast<std::size_t>(at)]);
  }

 private:
  bool median_;
  double percent_ = 50;
  std::vector<double> numbers_;
};

struct Kind {
  std::string_view name;
  std::size_t least, most;
  std::unique_ptr<Gatherer> (*make)();
};

constexpr auto kKinds = std::to_array<Kind>({
    {"count", 0, 1, []() -> std::unique_ptr<Gatherer> { return std::make_unique<Count>(); }},
    {"count_distinct", 1, 1, []() -> std::unique_ptr<Gatherer> { return std::make_unique<Distinct>(); }},
    {"sum", 1, 1,
     []() -> std::unique_ptr<Gatherer> { return std::make_unique<Moments>(Moments::What::kSum); }},
    {"avg", 1, 1,
     []() -> std::unique_ptr<Gatherer> { return std::make_unique<Moments>(Moments::What::kMean); }},
    {"stddev", 1, 1,
     []() -> std::unique_ptr<Gatherer> { return std::make_unique<Moments>(Moments::What::kDeviation); }},
    {"min", 1, 1, []() -> std::unique_ptr<Gatherer> { return std::make_unique<Extreme>(-1); }},
    {"max", 1, 1, []() -> std::unique_ptr<Gatherer> { return std::make_unique<Extreme>(1); }},
    {"sortsfirst", 1, 1, []() -> std::unique_ptr<Gatherer> { return std::make_unique<Extreme>(-1); }},
    {"sortslast", 1, 1, []() -> std::unique_ptr<Gatherer> { return std::make_unique<Extreme>(1); }},
    {"earliest", 1, 1, []() -> std::unique_ptr<Gatherer> { return std::make_unique<Edge>(-1); }},
    {"latest", 1, 1, []() -> std::unique_ptr<Gatherer> { return std::make_unique<Edge>(1); }},
    {"pct", 2, 2, []() -> std::unique_ptr<Gatherer> { return std::make_unique<Percentile>(false); }},
    {"percentile", 2, 2, []() -> std::unique_ptr<Gatherer> { return std::make_unique<Percentile>(false); }},
    {"median", 1, 1, []() -> std::unique_ptr<Gatherer> { return std::make_unique<Percentile>(true); }},
});

const Kind* find(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name, &Kind::name);
  return found == kKinds.end() ? nullptr : &*found;
}

}  // namespace

bool is_aggregate(std::string_view name, std::size_t arguments) {
  const Kind* kind = find(name);
  return kind != nullptr && arguments >= kind->least && arguments <= kind->most;
}

std::unique_ptr<Gatherer> make_gatherer(std::string_view function) {
  return find(function)->make();
}

}  // namespace millrace::logs::insights
