#include "engines/telemetry/aggregate.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

#include "store/tuple.h"

namespace millrace::telemetry {
namespace {

using Values = std::vector<std::pair<double, double>>;

Values merged(const Values& a, const Values& b) {
  Values out;
  out.reserve(a.size() + b.size());
  auto i = a.begin(), j = b.begin();
  while (i != a.end() || j != b.end()) {
    const bool left = j == b.end() || (i != a.end() && i->first <= j->first);
    const auto& next = left ? *i++ : *j++;
    if (!out.empty() && out.back().first == next.first) {
      out.back().second += next.second;
    } else {
      out.push_back(next);
    }
  }
  return out;
}

}  // namespace

void Aggregate::add(double value, double times) {
  if (times <= 0) return;
  count += times;
  sum += value * times;
  min = std::min(min, value);
  max = std::max(max, value);
  const auto at = std::ranges::lower_bound(values, value, {}, &std::pair<double, double>::first);
  if (at != values.end() && at->first == value) {
    at->second += times;
    return;
  }
  values.emplace(at, value, times);
  if (values.size() > kMostValues) compress();
}

void Aggregate::add_set(double set_count, double set_sum, double set_min, double set_max) {
  if (set_count > 0 && set_min == set_max) return add(set_min, set_count);
  if (set_count == 1) return add(set_sum, 1);
  count += set_count;
  sum += set_sum;
  min = std::min(min, set_min);
  max = std::max(max, set_max);
  opaque = true;
}

void Aggregate::merge(const Aggregate& other) {
  count += other.count;
  sum += other.sum;
  min = std::min(min, other.min);
  max = std::max(max, other.max);
  opaque = opaque || other.opaque;
  values = merged(values, other.values);
  if (values.size() > kMostValues) compress();
}

// Neighbours are put together until each holds about the same share, so that ranks stay right wherever the values came from.
void Aggregate::compress() {
  double total = 0;
  for (const auto& [value, times] : values)
    total += times;
  const double share = total / (kMostValues / 2);
  Values fewer;
  for (const auto& [value, times] : values) {
    if (fewer.empty() || fewer.back().second + times > share) {
      fewer.emplace_back(value, times);
      continue;
    }
    auto& [mean, weight] = fewer.back();
    weight += times;
    mean += (value - mean) * (times / weight);
  }
  values = std::move(fewer);
}

std::string encode(const Aggregate& aggregate) {
  std::string out;
  const auto put = [&out](double value) { store::append_u64(out, std::bit_cast<std::uint64_t>(value)); };
  out.push_back(aggregate.opaque ? 1 : 0);
  for (const double value : {aggregate.count, aggregate.sum, aggregate.min, aggregate.max})
    put(value);
  for (const auto& [value, times] : aggregate.values) {
    put(value);
    put(times);
  }
  return out;
}

std::optional<Aggregate> decode_aggregate(std::string_view bytes) {
  constexpr std::size_t kHead = 33, kPair = 16;
  if (bytes.size() < kHead || (bytes.size() - kHead) % kPair != 0) return std::nullopt;
  Aggregate out;
  out.opaque = bytes[0] != 0;
  bytes.remove_prefix(1);
  const auto take = [&bytes] { return std::bit_cast<double>(*store::take_u64(bytes)); };
  out.count = take();
  out.sum = take();
  out.min = take();
  out.max = take();
  while (!bytes.empty()) {
    const double value = take();
    out.values.emplace_back(value, take());
  }
  return out;
}

namespace {

std::optional<double> number(std::string_view text) {
  double out = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), out, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(out)) return std::nullopt;
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::optional<Statistic::Kind> family(std::string_view prefix) {
  using Kind = Statistic::Kind;
  constexpr std::pair<std::string_view, Kind> kFamilies[] = {{"tm", Kind::kTrimmedMean},
                                                             {"wm", Kind::kWinsorizedMean},
                                                             {"tc", Kind::kTrimmedCount},
                                                             {"ts", Kind::kTrimmedSum},
                                                             {"pr", Kind::kPercentileRank}};
  for (const auto& [name, kind] : kFamilies) {
    if (name == prefix) return kind;
  }
  return std::nullopt;
}

// "10%:90%", ":90%", "150:1000", "5:": one of the bounds may be missing, and both are of one sort.
bool parse_bounds(std::string_view text, Statistic& out) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  std::string_view low = text.substr(0, colon), high = text.substr(colon + 1);
  if (low.empty() && high.empty()) return false;
  const bool percent = (low.empty() ? high : low).ends_with('%');
  for (std::string_view* bound : {&low, &high}) {
    if (bound->empty()) continue;
    if (bound->ends_with('%') != percent) return false;
    if (percent) bound->remove_suffix(1);
  }
  out.absolute = !percent;
  const double lowest = percent ? 0 : -std::numeric_limits<double>::infinity();
  const double highest = percent ? 100 : std::numeric_limits<double>::infinity();
  const auto from = low.empty() ? std::optional(lowest) : number(low);
  const auto to = high.empty() ? std::optional(highest) : number(high);
  if (!from || !to || *from >= *to || *from < lowest || *to > highest) return false;
  out.low = *from;
  out.high = *to;
  return true;
}

}  // namespace

std::optional<Statistic> parse_statistic(std::string_view text) {
  using Kind = Statistic::Kind;
  constexpr std::pair<std::string_view, Kind> kBasic[] = {{"SampleCount", Kind::kSampleCount},
                                                          {"Sum", Kind::kSum},
                                                          {"Average", Kind::kAverage},
                                                          {"Minimum", Kind::kMinimum},
                                                          {"Maximum", Kind::kMaximum}};
  for (const auto& [name, kind] : kBasic) {
    if (name == text) return Statistic{kind};
  }
  const std::string low = lower(text);
  if (low == "iqm") return Statistic{Kind::kTrimmedMean, 25, 75, false};
  if (low.starts_with('p') && !low.starts_with("pr")) {
    const auto percent = number(std::string_view(low).substr(1));
    if (!percent || *percent < 0 || *percent > 100) return std::nullopt;
    return Statistic{Kind::kPercentile, 0, *percent, false};
  }
  const auto kind = family(std::string_view(low).substr(0, std::min<std::size_t>(2, low.size())));
  if (!kind) return std::nullopt;
  Statistic out{*kind};
  const std::string_view rest = std::string_view(low).substr(2);
  if (rest.starts_with('(') && rest.ends_with(')')) {
    if (!parse_bounds(rest.substr(1, rest.size() - 2), out)) return std::nullopt;
    if (out.kind == Kind::kPercentileRank && !out.absolute) return std::nullopt;
    return out;
  }
  const auto percent = number(rest);
  if (!percent || *percent < 0 || *percent > 100 || out.kind == Kind::kPercentileRank) return std::nullopt;
  out.high = *percent;
  return out;
}

namespace {

double value_at_rank(const Values& values, double rank) {
  double seen = 0;
  for (const auto& [value, times] : values) {
    seen += times;
    if (seen >= rank) return value;
  }
  return values.back().first;
}

// The part of the values that lies within the bounds.
struct Within {
  double count = 0;
  double sum = 0;
};
Within within(const Statistic& statistic, const Aggregate& aggregate) {
  Within out;
  const double from = statistic.low / 100 * aggregate.count, to = statistic.high / 100 * aggregate.count;
  double seen = 0;
  for (const auto& [value, times] : aggregate.values) {
    double part = times;
    if (statistic.absolute) {
      if (value <= statistic.low || value > statistic.high) part = 0;
    } else {
      part = std::max(0.0, std::min(seen + times, to) - std::max(seen, from));
      seen += times;
    }
    out.count += part;
    out.sum += part * value;
  }
  return out;
}

double winsorized(const Statistic& statistic, const Aggregate& aggregate) {
  double low = statistic.low, high = statistic.high, sum = 0;
  if (!statistic.absolute) {
    low = value_at_rank(aggregate.values, statistic.low / 100 * aggregate.count);
    high = value_at_rank(aggregate.values, statistic.high / 100 * aggregate.count);
  }
  for (const auto& [value, times] : aggregate.values)
    sum += std::clamp(value, low, high) * times;
  return sum / aggregate.count;
}

}  // namespace

std::optional<double> evaluate(const Statistic& statistic, const Aggregate& aggregate) {
  using Kind = Statistic::Kind;
  if (aggregate.count <= 0) return std::nullopt;
  switch (statistic.kind) {
    case Kind::kSampleCount:
      return aggregate.count;
    case Kind::kSum:
      return aggregate.sum;
    case Kind::kAverage:
      return aggregate.sum / aggregate.count;
    case Kind::kMinimum:
      return aggregate.min;
    case Kind::kMaximum:
      return aggregate.max;
    default:
      break;
  }
  if (aggregate.opaque || aggregate.values.empty()) return std::nullopt;
  const Within inner = within(statistic, aggregate);
  switch (statistic.kind) {
    case Kind::kPercentile:
      if (statistic.high == 0) return aggregate.min;
      if (statistic.high == 100) return aggregate.max;
      return value_at_rank(aggregate.values, statistic.high / 100 * aggregate.count);
    case Kind::kTrimmedMean:
      return inner.count > 0 ? std::optional(inner.sum / inner.count) : std::nullopt;
    case Kind::kWinsorizedMean:
      return winsorized(statistic, aggregate);
    case Kind::kTrimmedCount:
      return inner.count;
    case Kind::kTrimmedSum:
      return inner.sum;
    default:
      return inner.count / aggregate.count * 100;
  }
}

}  // namespace millrace::telemetry
