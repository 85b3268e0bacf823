#include "engines/telemetry/metric_store.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "engines/telemetry/metric_keys.h"
#include "store/tuple.h"

namespace millrace::telemetry {
namespace {

using store::StoreError;

std::string time_value(base::WallTime time) {
  std::string out;
  store::append_u64(out, static_cast<std::uint64_t>(std::max<std::int64_t>(0, base::unix_seconds(time))));
  return out;
}
std::optional<base::WallTime> time_of(std::string_view value) {
  const auto seconds = store::take_u64(value);
  if (!seconds) return std::nullopt;
  return base::WallTime(std::chrono::seconds(static_cast<std::int64_t>(*seconds)));
}

}  // namespace

// One commit: buckets are added to what the store has of them.
class MetricStore::Write final : public store::Transaction {
 public:
  explicit Write(std::int64_t now) : now_(now) {}

  std::size_t size() const { return buckets_.size(); }

  void add(const std::string& series, base::WallTime last, std::int64_t second, const Waiting& waiting) {
    for (std::size_t level = waiting.fine ? 0 : 1; level < kLevels.size(); ++level) {
      const std::int64_t begin = floor_to(second, kLevels[level].grain);
      if (begin + kLevels[level].grain + kLevels[level].kept <= now_) continue;
      buckets_[bucket_key(series, level, begin)].merge(waiting.values);
    }
    base::WallTime& known = series_[series_record_key(series)];
    known = std::max(known, last);
  }

  void seal() {
    for (const auto& [key, values] : buckets_)
      keys.push_back(key);
    for (const auto& [key, last] : series_)
      keys.push_back(key);
  }

  base::Result<store::Verdict, StoreError> decide(store::Reader& view, store::Batch& batch) override {
    for (const auto& [key, values] : buckets_) {
      auto stored = view.get(key);
      if (!stored) return base::fail(stored.error());
      Aggregate sum = values;
      if (*stored) {
        const auto before = decode_aggregate(**stored);
        if (before) sum.merge(*before);
      }
      batch.put(key, encode(sum));
    }
    for (const auto& [key, last] : series_) {
      auto stored = view.get(key);
      if (!stored) return base::fail(stored.error());
      const auto before = *stored ? time_of(**stored) : std::nullopt;
      if (!before || *before < last) batch.put(key, time_value(last));
    }
    return store::Verdict::kCommit;
  }

 private:
  std::int64_t now_;
  std::map<std::string, Aggregate> buckets_;
  std::map<std::string, base::WallTime> series_;
};

MetricStore::MetricStore(store::Store& store, base::Clock& clock, MetricStoreOptions options)
    : store_(store), clock_(clock), options_(options) {}

base::Task<bool> MetricStore::load() {
  std::map<std::string, Series, std::less<>> found;
  store::Store::ReadBody body = [&](store::Reader& view) -> base::Result<void, StoreError> {
    found.clear();
    return view.scan(store::prefix_range("ms"), store::Order::kAscending,
                     [&](std::string_view key, std::string_view value) {
                       Series series;
                       const auto last = time_of(value);
                       if (last && decode_series_part(key.substr(2), series.key, series.unit)) {
                         series.last = *last;
                         found.emplace(key.substr(2), std::move(series));
                       }
                       return store::Visit::kContinue;
                     });
  };
  auto read = co_await store_.read(std::move(body));
  if (!read) co_return false;
  std::lock_guard lock(mutex_);
  series_ = std::move(found);
  co_return true;
}

void MetricStore::record(Sample sample) {
  const std::string part = series_part(sample.key, sample.unit);
  const std::int64_t second = base::unix_seconds(sample.time);
  std::lock_guard lock(mutex_);
  auto at = series_.find(part);
  const bool full = waiting_ >= options_.most_waiting;
  if (stopped_ || full || (at == series_.end() && series_.size() >= options_.most_series)) {
    ++dropped_;
    return;
  }
  if (at == series_.end()) {
    at = series_.emplace(part, Series{std::move(sample.key), std::move(sample.unit), sample.time, {}}).first;
  }
  Series& series = at->second;
  series.last = std::max(series.last, sample.time);
  if (series.waiting.empty()) touched_.push_back(part);
  // What is not asked for by the second is summed up by the minute at once.
  const auto [bucket, fresh] = series.waiting.try_emplace(sample.fine ? second : floor_to(second, 60));
  if (fresh) ++waiting_;
  bucket->second.values.merge(sample.values);
  bucket->second.fine = bucket->second.fine || sample.fine;
}

bool MetricStore::take(Write& write) {
  std::lock_guard lock(mutex_);
  while (!touched_.empty() && write.size() < options_.batch) {
    const auto at = series_.find(touched_.back());
    if (at == series_.end()) {
      touched_.pop_back();
      continue;
    }
    Series& series = at->second;
    while (!series.waiting.empty() && write.size() < options_.batch) {
      const auto first = series.waiting.begin();
      write.add(at->first, series.last, first->first, first->second);
      series.waiting.erase(first);
      --waiting_;
    }
    if (series.waiting.empty()) touched_.pop_back();
  }
  if (write.size() == 0) return false;
  ++writing_;
  return true;
}

base::Task<bool> MetricStore::write_batch(bool& refused) {
  Write write(base::unix_seconds(clock_.now()));
  if (!take(write)) co_return false;
  write.seal();
  auto committed = co_await store_.commit(write);
  std::vector<std::shared_ptr<Written>> flushing;
  {
    std::lock_guard lock(mutex_);
    if (--writing_ == 0) flushing = std::exchange(flushing_, {});
    if (!committed) dropped_ += write.size();
  }
  for (const auto& written : flushing)
    written->try_send(boost::system::error_code());
  if (!committed) {
    refused = true;
    base::log(base::LogLevel::kWarning, "metrics lost: {} buckets (the store refused them)", write.size());
  }
  co_return true;
}

base::Task<> MetricStore::run() {
  while (true) {
    bool refused = false;
    const bool wrote = co_await write_batch(refused);
    if (wrote) continue;
    {
      std::lock_guard lock(mutex_);
      if (stopped_) break;
    }
    co_await clock_.sleep_for(options_.flush_interval);
  }
}

void MetricStore::stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
}

base::Task<bool> MetricStore::flush() {
  const auto executor = co_await boost::asio::this_coro::executor;
  bool refused = false;
  while (true) {
    const bool wrote = co_await write_batch(refused);
    if (wrote) continue;
    // Another task's batch may be on its way to the store.
    std::shared_ptr<Written> written;
    {
      std::lock_guard lock(mutex_);
      if (writing_ == 0) break;
      written = flushing_.emplace_back(std::make_shared<Written>(executor, 1));
    }
    co_await written->async_receive(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  co_return !refused;
}

base::Task<base::Result<std::vector<MetricSeries>, StoreError>> MetricStore::read(MetricRange range) {
  co_await flush();
  std::vector<std::pair<std::string, MetricSeries>> wanted;  // by series
  {
    const std::string prefix = metric_part(range.key);
    std::lock_guard lock(mutex_);
    for (auto at = series_.lower_bound(prefix); at != series_.end() && at->first.starts_with(prefix); ++at) {
      if (range.unit && at->second.unit != *range.unit) continue;
      wanted.emplace_back(at->first, MetricSeries{at->second.unit, {}});
    }
  }
  if (range.period <= 0 || range.to <= range.from) co_return std::vector<MetricSeries>();
  const std::size_t level = level_for(range, base::unix_seconds(clock_.now()));
  store::Store::ReadBody body = [&](store::Reader& view) -> base::Result<void, StoreError> {
    for (auto& [part, series] : wanted) {
      series.buckets.clear();
      const std::size_t prefix = bucket_prefix(part, level).size();
      const std::int64_t last =
          range.from + (range.to - range.from + range.period - 1) / range.period * range.period;
      const store::KeyRange keys{bucket_key(part, level, range.from), bucket_key(part, level, last)};
      auto scanned =
          view.scan(keys, store::Order::kAscending, [&](std::string_view key, std::string_view value) {
            std::string_view rest = key.substr(prefix);
            const auto second = store::take_u64(rest);
            const auto values = decode_aggregate(value);
            if (second && values) {
              const std::int64_t offset = static_cast<std::int64_t>(*second) - range.from;
              series.buckets[range.from + offset / range.period * range.period].merge(*values);
            }
            return store::Visit::kContinue;
          });
      if (!scanned) return scanned;
    }
    return {};
  };
  auto scanned = co_await store_.read(std::move(body));
  if (!scanned) co_return base::fail(scanned.error());
  std::vector<MetricSeries> out;
  for (auto& [part, series] : wanted) {
    if (!series.buckets.empty()) out.push_back(std::move(series));
  }
  co_return out;
}

MetricStore::Page MetricStore::list(std::string_view account, std::string_view region, std::string_view after,
                                    std::size_t limit, const Accept& accept) const {
  std::string prefix;
  store::append_bytes(prefix, account);
  store::append_bytes(prefix, region);
  Page page;
  std::string position;
  std::lock_guard lock(mutex_);
  auto at = after.empty() ? series_.lower_bound(prefix) : series_.upper_bound(after);
  while (at != series_.end() && at->first.starts_with(prefix)) {
    MetricInfo info{at->second.key, at->second.last};
    std::string last_of_metric = at->first;
    // The units of one metric stand next to each other.
    for (++at; at != series_.end() && at->second.key == info.key; ++at) {
      info.last = std::max(info.last, at->second.last);
      last_of_metric = at->first;
    }
    if (!accept(info)) continue;
    if (page.metrics.size() == limit) {
      page.next = std::move(position);
      return page;
    }
    page.metrics.push_back(std::move(info));
    position = std::move(last_of_metric);
  }
  return page;
}

base::Task<> MetricStore::expire() {
  std::vector<std::pair<std::string, base::WallTime>> known;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [part, series] : series_)
      known.emplace_back(part, series.last);
  }
  const std::int64_t now = base::unix_seconds(clock_.now());
  constexpr std::size_t kAtOnce = 256;
  for (std::size_t begin = 0; begin < known.size(); begin += kAtOnce) {
    const std::size_t end = std::min(begin + kAtOnce, known.size());
    std::vector<std::string> gone;
    auto decide = [&](store::Reader&, store::Batch& batch) -> base::Result<store::Verdict, StoreError> {
      gone.clear();
      for (std::size_t i = begin; i < end; ++i) {
        for (std::size_t level = 0; level < kLevels.size(); ++level)
          batch.del_range({bucket_prefix(known[i].first, level),
                           bucket_key(known[i].first, level, now - kLevels[level].kept)});
        if (base::unix_seconds(known[i].second) >= now - kLevels.back().kept) continue;
        batch.del(series_record_key(known[i].first));
        gone.push_back(known[i].first);
      }
      return store::Verdict::kCommit;
    };
    store::LambdaTransaction transaction{decide};
    auto committed = co_await store_.commit(transaction);
    if (!committed) co_return;
    std::lock_guard lock(mutex_);
    for (const std::string& part : gone) {
      const auto at = series_.find(part);
      if (at != series_.end() && at->second.waiting.empty()) series_.erase(at);
    }
  }
}

std::uint64_t MetricStore::dropped() const {
  std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace millrace::telemetry
