// What every engine must do when many transactions and views are under way.
#include <atomic>
#include <thread>

#include "base/random.h"
#include "store/store_contract_testing.h"

namespace millrace::store {
namespace {

using namespace contract;

class StoreConcurrency : public Contract {};
INSTANTIATE_TEST_SUITE_P(Engines, StoreConcurrency, contract_engines(), engine_name);

// One value is a counter that each transaction reads and raises; a decision must see those before it, in its own
// group and in the one being written.
TEST_P(StoreConcurrency, ConcurrentTransactionsAreSerial) {
  constexpr int kThreads = 4, kTasks = 8, kRounds = 25;
  std::atomic<int> failures{0};
  struct Raiser {
    static base::Task<> raise(Store& store, std::atomic<int>& failed) {
      for (int round = 0; round < kRounds; ++round) {
        auto decide = [](Reader& view, Batch& batch) -> base::Result<Verdict, StoreError> {
          const auto old = view.get("n");
          if (!old) return base::fail(old.error());
          const int n = *old ? std::stoi(**old) : 0;
          batch.put("n", std::to_string(n + 1));
          batch.put("seen/" + std::to_string(n + 1), "");
          batch.append(5, std::to_string(n + 1));
          return Verdict::kCommit;
        };
        LambdaTransaction transaction(decide);
        transaction.keys = {"n"};
        const auto done = co_await store.commit(transaction);
        if (!done || done->verdict != Verdict::kCommit) ++failed;
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      auto& context = elsewhere_[static_cast<std::size_t>(i)];
      for (int j = 0; j < kTasks; ++j) {
        boost::asio::co_spawn(context, Raiser::raise(*store_, failures), boost::asio::detached);
      }
      context.run();
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(get("n"), std::to_string(kThreads * kTasks * kRounds));
  EXPECT_EQ(scan(prefix_range("seen/")).size(), static_cast<std::size_t>(kThreads * kTasks * kRounds));
  const auto records = read_log(5);
  ASSERT_EQ(records.size(), static_cast<std::size_t>(kThreads * kTasks * kRounds));
  for (std::size_t i = 0; i < records.size(); ++i)
    EXPECT_EQ(records[i].second, std::to_string(i + 1));
}

// Whatever an engine keeps in memory to answer faster: a read shows at least what was acknowledged before it began, and what one
// reader saw no later one misses.
TEST_P(StoreConcurrency, ReadsNeverGoBack) {
  constexpr int kRounds = 300, kReaders = 3;
  struct Parts {
    std::atomic<int> acknowledged{0}, backwards{0};
    std::atomic<bool> done{false};

    base::Task<> raise(Store& store) {
      for (int round = 1; round <= kRounds; ++round) {
        auto decide = [round](Reader&, Batch& batch) -> base::Result<Verdict, StoreError> {
          batch.put("n", std::to_string(round));
          return Verdict::kCommit;
        };
        LambdaTransaction transaction(decide);
        const auto committed = co_await store.commit(transaction);
        if (!committed) break;
        acknowledged = round;
      }
      done = true;
    }
    base::Task<> look(Store& store) {
      int seen = 0;
      while (!done) {
        const int least = std::max(seen, acknowledged.load());
        int found = 0;
        Store::ReadBody body = [&found](Reader& view) -> base::Result<void, StoreError> {
          const auto value = view.get("n");
          if (!value) return base::fail(value.error());
          found = *value ? std::stoi(**value) : 0;
          return {};
        };
        const auto read = co_await store.read(std::move(body));
        if (!read || found < least) ++backwards;
        seen = found;
      }
    }
  } parts;
  std::vector<std::thread> threads;
  for (int i = 0; i <= kReaders; ++i) {
    auto& context = elsewhere_[static_cast<std::size_t>(i)];
    boost::asio::co_spawn(context, i == 0 ? parts.raise(*store_) : parts.look(*store_),
                          boost::asio::detached);
    threads.emplace_back([&context] { context.run(); });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(parts.acknowledged, kRounds);
  EXPECT_EQ(parts.backwards, 0);
}

// Random transactions, many at once, against a plain map that is changed in the order in which the decisions ran.
class Mirror {
 public:
  explicit Mirror(std::uint64_t seed) : random_(base::make_seeded_random(seed)) {}

  base::Result<Verdict, StoreError> step(Reader& view, Batch& batch) {
    check(view);
    for (std::uint64_t i = random_->below(4); i-- > 0;)
      change(batch);
    return Verdict::kCommit;
  }

  void check(Reader& view) {
    const auto order = random_->below(2) ? Order::kAscending : Order::kDescending;
    const KeyRange range{key(), random_->below(4) ? key() : ""};
    Items expected;
    for (const auto& entry : items_) {
      if (entry.first >= range.begin && (range.end.empty() || entry.first < range.end))
        expected.push_back(entry);
    }
    if (order == Order::kDescending) std::reverse(expected.begin(), expected.end());
    Items found;
    EXPECT_TRUE(view.scan(range, order, [&](std::string_view k, std::string_view v) {
      found.emplace_back(k, v);
      return Visit::kContinue;
    }));
    EXPECT_EQ(found, expected);
    const auto one = key();
    const auto at = items_.find(one);
    EXPECT_EQ(*view.get(one), at == items_.end() ? std::nullopt : std::optional(at->second));
    EXPECT_EQ(*view.log_first(9), records_.empty() ? 0 : records_.begin()->first);
    EXPECT_EQ(*view.log_last(9), records_.empty() ? 0 : records_.rbegin()->first);
    EXPECT_EQ(view.now(), counter_);
  }

 private:
  std::string key() { return std::string(1, static_cast<char>('a' + random_->below(12))); }
  void change(Batch& batch) {
    switch (random_->below(6)) {
      case 0: {
        const KeyRange range{key(), key()};
        batch.del_range(range);
        if (range.begin < range.end)
          items_.erase(items_.lower_bound(range.begin), items_.lower_bound(range.end));
        break;
      }
      case 1: {
        const auto k = key();
        batch.del(k);
        items_.erase(k);
        break;
      }
      case 2: {
        batch.append(9, "r");
        records_[++counter_] = "r";
        break;
      }
      case 3: {
        const Sequence up_to = counter_ - std::min<Sequence>(counter_, random_->below(4));
        batch.trim(9, up_to);
        records_.erase(records_.begin(), records_.upper_bound(up_to));
        break;
      }
      default: {
        const auto k = key(), v = std::to_string(random_->next_u64());
        batch.put(k, v);
        items_[k] = v;
      }
    }
  }

  std::unique_ptr<base::Random> random_;
  std::map<std::string, std::string> items_;
  std::map<Sequence, std::string> records_;
  Sequence counter_ = 0;
};

base::Task<> mirror_steps(Store& store, Mirror& mirror, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    auto decide = [&mirror](Reader& view, Batch& batch) { return mirror.step(view, batch); };
    LambdaTransaction transaction(decide);
    transaction.ranges = {{"", ""}};
    transaction.logs = {9};
    const auto done = co_await store.commit(transaction);
    EXPECT_TRUE(done);
  }
}

TEST_P(StoreConcurrency, DecisionsSeeAllThatWasDecidedBefore) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    TempFolder folder;
    boost::asio::io_context context;
    auto store = GetParam().open(folder.path());
    Mirror mirror(seed);
    for (int i = 0; i < 8; ++i) {
      boost::asio::co_spawn(context, mirror_steps(*store, mirror, 60), boost::asio::detached);
    }
    context.run();
    auto check = [&mirror](Reader& view) -> base::Result<void, StoreError> {
      mirror.check(view);
      return {};
    };
    context.restart();
    ASSERT_TRUE(run(context, store->read(check)));
    store->stop();
  }
}

TEST_P(StoreConcurrency, AViewIsConsistentWhileOthersWrite) {
  std::atomic<bool> done{false};
  put("x", "0");
  put("y", "0");
  struct Writer {
    static base::Task<> write(Store& store) {
      for (int i = 1; i <= 300; ++i) {
        auto decide = [i](Reader&, Batch& batch) -> base::Result<Verdict, StoreError> {
          batch.put("x", std::to_string(i));
          batch.put("y", std::to_string(i));
          batch.append(4, std::to_string(i));
          return Verdict::kCommit;
        };
        LambdaTransaction transaction(decide);
        EXPECT_TRUE(co_await store.commit(transaction));
      }
    }
  };
  std::thread writer([&] {
    auto& context = elsewhere_[0];
    boost::asio::co_spawn(context, Writer::write(*store_), boost::asio::detached);
    context.run();
    done = true;
  });
  while (!done) {
    std::string x, y;
    Records records;
    auto body = [&](Reader& view) -> base::Result<void, StoreError> {
      auto first = view.get("x");
      if (!first) return base::fail(first.error());
      auto log = view.read_log(4, 0, [&](Sequence s, std::string_view r) {
        records.assign(1, {s, std::string(r)});
        return Visit::kContinue;
      });
      if (!log) return log;
      auto second = view.get("y");
      if (!second) return base::fail(second.error());
      x = **first;
      y = **second;
      return {};
    };
    ASSERT_TRUE(run(context_, store_->read(body)));
    EXPECT_EQ(x, y);
    if (!records.empty()) {
      EXPECT_EQ(records.back().second, x);
    }
  }
  writer.join();
}

}  // namespace
}  // namespace millrace::store
