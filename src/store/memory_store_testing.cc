#include "store/memory_store_testing.h"

#include <map>
#include <mutex>

#include "store/log_watches.h"
#include "store/read_set_check.h"

namespace millrace::store {

namespace {

using Items = std::map<std::string, std::string, std::less<>>;
using Logs = std::map<LogId, std::map<Sequence, std::string>>;

struct State {
  Items items;
  Logs logs;
  Sequence counter = 0;
};

class MemoryView final : public Reader {
 public:
  explicit MemoryView(const State& state) : state_(state) {}

  base::Result<std::optional<std::string>, StoreError> get(std::string_view key) override {
    const auto entry = state_.items.find(key);
    if (entry == state_.items.end()) return std::nullopt;
    return entry->second;
  }

  base::Result<void, StoreError> scan(const KeyRange& range, Order order,
                                      const KeyValueVisitor& visit) override {
    if (!range.end.empty() && range.begin >= range.end) return {};
    auto first = state_.items.lower_bound(range.begin);
    auto last = range.end.empty() ? state_.items.end() : state_.items.lower_bound(range.end);
    while (first != last) {
      const auto& entry = order == Order::kAscending ? *first++ : *--last;
      if (visit(entry.first, entry.second) == Visit::kStop) break;
    }
    return {};
  }

  base::Result<void, StoreError> read_log(LogId log, Sequence from, const LogVisitor& visit) override {
    const auto found = state_.logs.find(log);
    if (found == state_.logs.end()) return {};
    for (auto record = found->second.lower_bound(from); record != found->second.end(); ++record) {
      if (visit(record->first, record->second) == Visit::kStop) break;
    }
    return {};
  }

  base::Result<Sequence, StoreError> log_first(LogId log) override {
    const auto found = state_.logs.find(log);
    return found == state_.logs.end() || found->second.empty() ? 0 : found->second.begin()->first;
  }
  base::Result<Sequence, StoreError> log_last(LogId log) override {
    const auto found = state_.logs.find(log);
    return found == state_.logs.end() || found->second.empty() ? 0 : found->second.rbegin()->first;
  }
  Sequence now() override { return state_.counter; }

 private:
  const State& state_;
};

// Keeps the changes until the verdict.
class MemoryBatch final : public Batch {
 public:
  void put(std::string_view key, std::string_view value) override {
    changes_.push_back(
        [key = std::string(key), value = std::string(value)](State& s) { s.items[key] = value; });
  }
  void del(std::string_view key) override {
    changes_.push_back([key = std::string(key)](State& s) { s.items.erase(key); });
  }
  void del_range(const KeyRange& range) override {
    changes_.push_back([range](State& s) {
      if (!range.end.empty() && range.begin >= range.end) return;
      s.items.erase(s.items.lower_bound(range.begin),
                    range.end.empty() ? s.items.end() : s.items.lower_bound(range.end));
    });
  }
  void append(LogId log, std::string_view record) override {
    changes_.push_back([this, log, record = std::string(record)](State& s) {
      s.logs[log][++s.counter] = record;
      appended_.emplace_back(log, s.counter);
    });
  }
  void trim(LogId log, Sequence up_to) override {
    changes_.push_back([log, up_to](State& s) {
      auto& records = s.logs[log];
      records.erase(records.begin(), records.upper_bound(up_to));
    });
  }

  std::span<const std::pair<LogId, Sequence>> apply(State& state) {
    for (const auto& change : changes_)
      change(state);
    return appended_;
  }

 private:
  std::vector<std::function<void(State&)>> changes_;
  std::vector<std::pair<LogId, Sequence>> appended_;
};

class MapStore final : public MemoryStore {
 public:
  base::Task<base::Result<Committed, StoreError>> commit(Transaction& transaction) override {
    Sleepers ready;
    auto result = commit_now(transaction, ready);
    resume_all(std::move(ready));
    co_return result;
  }

  base::Task<base::Result<void, StoreError>> read(ReadBody body) override {
    std::lock_guard lock(mutex_);
    if (stopped_) co_return base::fail(StoreError::kStopped);
    MemoryView view(state_);
    co_return body(view);
  }

  base::Task<base::Result<void, StoreError>> wait_for_append(LogId log, Sequence after) override {
    if (watches_.follow(log)) {
      Sequence last = 0;
      {
        std::lock_guard lock(mutex_);
        last = *MemoryView(state_).log_last(log);
      }
      watches_.seed(log, last);
    }
    co_return co_await watches_.wait(log, after);
  }

  void stop() override {
    Sleepers ready;
    {
      std::lock_guard lock(mutex_);
      stopped_ = true;
      watches_.stop(ready);
    }
    resume_all(std::move(ready));
  }

  void fail_writes(bool broken) override {
    std::lock_guard lock(mutex_);
    broken_ = broken;
  }

 private:
  base::Result<Committed, StoreError> commit_now(Transaction& transaction, Sleepers& ready) {
    std::lock_guard lock(mutex_);
    if (stopped_) return base::fail(StoreError::kStopped);
    MemoryView view(state_);
    ReadSetCheck checked(view, transaction);
    MemoryBatch batch;
    auto verdict = transaction.decide(checked, batch);
    if (!verdict) return base::fail(verdict.error());
    if (*verdict == Verdict::kRefuse) return Committed{};
    if (broken_) return base::fail(StoreError::kWriteRefused);
    const auto appended = batch.apply(state_);
    watches_.appended(appended, ready);
    return Committed{Verdict::kCommit, appended.empty() ? 0 : appended.back().second};
  }

  std::mutex mutex_;
  State state_;
  LogWatches watches_;
  bool stopped_ = false;
  bool broken_ = false;
};

}  // namespace

std::unique_ptr<MemoryStore> make_memory_store() {
  return std::make_unique<MapStore>();
}

}  // namespace millrace::store
