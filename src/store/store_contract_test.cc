// What every engine must do. A new engine adds itself to the list at the end.
#include <atomic>
#include <filesystem>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <gtest/gtest.h>

#include "base/random.h"
#include "store/memory_store_testing.h"
#include "store/run_testing.h"
#include "store/store.h"
#include "store/temp_folder_testing.h"

namespace millrace::store {
namespace {

using Records = std::vector<std::pair<Sequence, std::string>>;
using Items = std::vector<std::pair<std::string, std::string>>;

struct Engine {
  std::string name;
  std::function<std::unique_ptr<Store>(const std::string& folder)> open;
};

std::unique_ptr<Store> open_rocks(const std::string& folder, Durability durability) {
  RocksOptions options;
  options.folder = folder;
  options.durability = durability;
  options.check_read_sets = true;
  options.write_buffer_bytes = 4 << 20;
  options.block_cache_bytes = 8 << 20;
  auto store = open_rocks_store(options);
  if (!store) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

class StoreContract : public testing::TestWithParam<Engine> {
 protected:
  StoreContract() : store_(GetParam().open(folder_.path())) {}
  ~StoreContract() override {
    store_->stop();
    store_.reset();
  }

  template <class F>
  base::Result<Committed, StoreError> commit(F decide, std::vector<std::string> keys = {},
                                             std::vector<KeyRange> ranges = {},
                                             std::vector<LogId> logs = {}) {
    LambdaTransaction transaction(std::move(decide));
    transaction.keys = std::move(keys);
    transaction.ranges = std::move(ranges);
    transaction.logs = std::move(logs);
    return run(context_, store_->commit(transaction));
  }
  // Writes without reading.
  base::Result<Committed, StoreError> write(const std::function<void(Batch&)>& fill) {
    return commit([&](Reader&, Batch& batch) -> base::Result<Verdict, StoreError> {
      fill(batch);
      return Verdict::kCommit;
    });
  }
  void put(std::string key, std::string value) {
    ASSERT_TRUE(write([&](Batch& batch) { batch.put(key, value); }));
  }
  std::optional<std::string> get(std::string key) {
    std::optional<std::string> value;
    read([&](Reader& view) { value = *view.get(key); });
    return value;
  }
  void read(const std::function<void(Reader&)>& body) {
    auto done = run(context_, store_->read([&](Reader& view) -> base::Result<void, StoreError> {
      body(view);
      return {};
    }));
    ASSERT_TRUE(done);
  }
  Items scan(KeyRange range, Order order = Order::kAscending) {
    Items found;
    read([&](Reader& view) { found = collect(view, range, order); });
    return found;
  }
  static Items collect(Reader& view, const KeyRange& range, Order order) {
    Items found;
    EXPECT_TRUE(view.scan(range, order, [&](std::string_view key, std::string_view value) {
      found.emplace_back(key, value);
      return Visit::kContinue;
    }));
    return found;
  }
  static Records collect_log(Reader& view, LogId log, Sequence from) {
    Records found;
    EXPECT_TRUE(view.read_log(log, from, [&](Sequence sequence, std::string_view record) {
      found.emplace_back(sequence, record);
      return Visit::kContinue;
    }));
    return found;
  }
  Records read_log(LogId log, Sequence from = 0) {
    Records found;
    read([&](Reader& view) { found = collect_log(view, log, from); });
    return found;
  }
  Sequence append(LogId log, std::string record) {
    const auto done = write([&](Batch& batch) { batch.append(log, record); });
    EXPECT_TRUE(done);
    return done->last_sequence;
  }

  TempFolder folder_;
  boost::asio::io_context context_;
  std::array<boost::asio::io_context, 4>
      elsewhere_;  // of other threads; they outlive the store, as a server's do
  std::unique_ptr<Store> store_;
};

TEST_P(StoreContract, PutsGetsAndDeletes) {
  EXPECT_EQ(get("a"), std::nullopt);
  put("a", "1");
  EXPECT_EQ(get("a"), "1");
  put("a", "");
  EXPECT_EQ(get("a"), "");
  ASSERT_TRUE(write([](Batch& batch) { batch.del("a"); }));
  EXPECT_EQ(get("a"), std::nullopt);
}

TEST_P(StoreContract, KeepsAnyBytes) {
  const std::string key("\x00\xff k", 4), value("\x00\x01\xff", 3);
  put(key, value);
  EXPECT_EQ(get(key), value);
  EXPECT_EQ(get(std::string("\x00", 1)), std::nullopt);
}

TEST_P(StoreContract, LaterEntriesOfABatchWin) {
  ASSERT_TRUE(write([](Batch& batch) {
    batch.put("a", "1");
    batch.put("a", "2");
    batch.put("b", "1");
    batch.del("b");
    batch.put("c", "1");
    batch.del_range({"a", "d"});
    batch.put("b", "3");
  }));
  EXPECT_EQ(scan({"", ""}), (Items{{"b", "3"}}));
}

TEST_P(StoreContract, ScansBothWaysWithinHalfOpenBounds) {
  for (const char* key : {"a", "b", "ba", "c", "d"})
    put(key, key);
  EXPECT_EQ(scan({"b", "d"}), (Items{{"b", "b"}, {"ba", "ba"}, {"c", "c"}}));
  EXPECT_EQ(scan({"b", "d"}, Order::kDescending), (Items{{"c", "c"}, {"ba", "ba"}, {"b", "b"}}));
  EXPECT_EQ(scan({"bb", ""}), (Items{{"c", "c"}, {"d", "d"}}));
  EXPECT_EQ(scan({"", "b"}, Order::kDescending), (Items{{"a", "a"}}));
  EXPECT_EQ(scan({"d", "b"}), Items{});
  EXPECT_EQ(scan(prefix_range("b")), (Items{{"b", "b"}, {"ba", "ba"}}));
}

TEST_P(StoreContract, ScanStopsWhenTold) {
  for (const char* key : {"a", "b", "c"})
    put(key, key);
  Items found;
  read([&](Reader& view) {
    found.clear();
    EXPECT_TRUE(view.scan({"", ""}, Order::kAscending, [&](std::string_view key, std::string_view value) {
      found.emplace_back(key, value);
      return found.size() == 2 ? Visit::kStop : Visit::kContinue;
    }));
  });
  EXPECT_EQ(found.size(), 2u);
}

TEST_P(StoreContract, ARefusalWritesNothing) {
  const Sequence before = append(7, "first");
  const auto refused = commit([](Reader&, Batch& batch) -> base::Result<Verdict, StoreError> {
    batch.put("a", "1");
    batch.append(7, "lost");
    batch.del_range({"", ""});
    return Verdict::kRefuse;
  });
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->verdict, Verdict::kRefuse);
  EXPECT_EQ(refused->last_sequence, 0u);
  EXPECT_EQ(get("a"), std::nullopt);
  EXPECT_EQ(read_log(7), (Records{{before, "first"}}));
  EXPECT_GT(append(7, "second"), before);
}

TEST_P(StoreContract, AnErrorOfADecisionIsReturnedAndWritesNothing) {
  const auto failed = commit([](Reader&, Batch& batch) -> base::Result<Verdict, StoreError> {
    batch.put("a", "1");
    return base::fail(StoreError::kCorrupt);
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), StoreError::kCorrupt);
  EXPECT_EQ(get("a"), std::nullopt);
}

TEST_P(StoreContract, AThrowingDecisionReachesItsCallerAlone) {
  EXPECT_THROW(commit([](Reader&, Batch& batch) -> base::Result<Verdict, StoreError> {
                 batch.put("a", "1");
                 throw std::runtime_error("a bug");
               }),
               std::runtime_error);
  EXPECT_EQ(get("a"), std::nullopt);
  put("a", "2");
  EXPECT_EQ(get("a"), "2");
}

TEST_P(StoreContract, ReadingWhatWasNotNamedThrows) {
  put("a", "1");
  const auto reads_a = [](Reader& view, Batch&) -> base::Result<Verdict, StoreError> {
    auto value = view.get("a");
    return Verdict::kRefuse;
  };
  EXPECT_THROW(commit(reads_a, {"b"}), std::logic_error);
  EXPECT_NO_THROW(commit(reads_a, {"a"}));
  EXPECT_NO_THROW(commit(reads_a, {}, {{"", "b"}}));
  EXPECT_THROW(commit(reads_a, {}, {{"", "a"}}), std::logic_error);
  const auto scans = [](Reader& view, Batch&) -> base::Result<Verdict, StoreError> {
    collect(view, {"b", "c"}, Order::kAscending);
    return Verdict::kRefuse;
  };
  EXPECT_THROW(commit(scans, {"b"}), std::logic_error);
  EXPECT_NO_THROW(commit(scans, {}, {{"a", "c"}}));
  const auto reads_log = [](Reader& view, Batch&) -> base::Result<Verdict, StoreError> {
    EXPECT_TRUE(view.log_last(3));
    return Verdict::kRefuse;
  };
  EXPECT_THROW(commit(reads_log), std::logic_error);
  EXPECT_NO_THROW(commit(reads_log, {}, {}, {3}));
}

TEST_P(StoreContract, LogsAreOrderedAndApart) {
  const Sequence a1 = append(1, "a1"), b1 = append(2, "b1"), a2 = append(1, "a2");
  EXPECT_LT(a1, b1);
  EXPECT_LT(b1, a2);
  EXPECT_EQ(read_log(1), (Records{{a1, "a1"}, {a2, "a2"}}));
  EXPECT_EQ(read_log(1, a1 + 1), (Records{{a2, "a2"}}));
  EXPECT_EQ(read_log(2), (Records{{b1, "b1"}}));
  EXPECT_EQ(read_log(3), Records{});
  read([&](Reader& view) {
    EXPECT_EQ(*view.log_first(1), a1);
    EXPECT_EQ(*view.log_last(1), a2);
    EXPECT_EQ(*view.log_last(2), b1);
    EXPECT_EQ(*view.log_first(3), 0u);
    EXPECT_EQ(*view.log_last(3), 0u);
    EXPECT_EQ(view.now(), a2);
  });
}

TEST_P(StoreContract, ATransactionMayAppendToSeveralLogs) {
  const auto done = write([](Batch& batch) {
    batch.append(1, "x");
    batch.append(2, "y");
    batch.append(1, "z");
    batch.put("k", "v");
  });
  ASSERT_TRUE(done);
  const auto one = read_log(1), two = read_log(2);
  ASSERT_EQ(one.size(), 2u);
  ASSERT_EQ(two.size(), 1u);
  EXPECT_LT(one[0].first, two[0].first);
  EXPECT_LT(two[0].first, one[1].first);
  EXPECT_EQ(done->last_sequence, one[1].first);
}

TEST_P(StoreContract, TrimForgetsTheOldestAndNeverReusesSequences) {
  const Sequence first = append(1, "a"), second = append(1, "b"), third = append(1, "c");
  ASSERT_TRUE(write([&](Batch& batch) { batch.trim(1, second); }));
  EXPECT_EQ(read_log(1, first), (Records{{third, "c"}}));
  read([&](Reader& view) { EXPECT_EQ(*view.log_first(1), third); });
  ASSERT_TRUE(write([&](Batch& batch) { batch.trim(1, ~Sequence{0}); }));
  read([&](Reader& view) { EXPECT_EQ(*view.log_last(1), 0u); });
  EXPECT_GT(append(1, "d"), third);
}

// One value is a counter that each transaction reads and raises; a decision must see those before it, in its own
// group and in the one being written.
TEST_P(StoreContract, ConcurrentTransactionsAreSerial) {
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

TEST_P(StoreContract, DecisionsSeeAllThatWasDecidedBefore) {
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

TEST_P(StoreContract, AViewIsConsistentWhileOthersWrite) {
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

TEST_P(StoreContract, AWaitForWhatIsThereCompletesAtOnce) {
  const Sequence first = append(1, "a");
  EXPECT_TRUE(run(context_, store_->wait_for_append(1, 0)));
  EXPECT_TRUE(run(context_, store_->wait_for_append(1, first - 1)));
}

TEST_P(StoreContract, AWaitIsWokenByTheAppendAndSeesIt) {
  const Sequence first = append(1, "a");
  struct Waiter {
    static base::Task<> wait(Store& store, Sequence after, int& seen) {
      EXPECT_TRUE(co_await store.wait_for_append(1, after));
      auto body = [&seen, after](Reader& view) {
        seen = 0;
        return view.read_log(1, after + 1, [&seen](Sequence, std::string_view) {
          ++seen;
          return Visit::kContinue;
        });
      };
      EXPECT_TRUE(co_await store.read(body));
    }
  };
  std::thread waiting;
  int seen = 0;
  auto& elsewhere = elsewhere_[0];
  boost::asio::co_spawn(elsewhere, Waiter::wait(*store_, first, seen), boost::asio::detached);
  while (elsewhere.poll() > 0) {
  }
  EXPECT_EQ(seen, 0);
  waiting = std::thread([&] { elsewhere.run(); });
  append(2, "other");
  append(1, "b");
  waiting.join();
  EXPECT_EQ(seen, 1);
}

TEST_P(StoreContract, ACancelledWaitEndsEarly) {
  for (int round = 0; round < 20; ++round) {
    boost::asio::cancellation_signal cancel;
    bool ended = false;
    boost::asio::co_spawn(
        context_, store_->wait_for_append(77, 1000),
        boost::asio::bind_cancellation_slot(
            cancel.slot(), [&](std::exception_ptr, base::Result<void, StoreError>) { ended = true; }));
    context_.restart();
    context_.poll();
    EXPECT_FALSE(ended);
    cancel.emit(boost::asio::cancellation_type::terminal);
    context_.run();
    EXPECT_TRUE(ended);
  }
  append(77, "nobody waits");
}

TEST_P(StoreContract, StopEndsWaitsAndRefusesWork) {
  std::optional<base::Result<void, StoreError>> waited;
  boost::asio::co_spawn(context_, store_->wait_for_append(1, 0),
                        [&](std::exception_ptr, base::Result<void, StoreError> result) { waited = result; });
  context_.restart();
  context_.poll();
  store_->stop();
  context_.run();
  ASSERT_TRUE(waited);
  EXPECT_EQ(waited->error(), StoreError::kStopped);
  const auto written = write([](Batch& batch) { batch.put("a", "1"); });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error(), StoreError::kStopped);
  auto body = [](Reader&) -> base::Result<void, StoreError> { return {}; };
  EXPECT_EQ(run(context_, store_->read(body)).error(), StoreError::kStopped);
}

INSTANTIATE_TEST_SUITE_P(
    Engines, StoreContract,
    testing::Values(
        Engine{"Memory", [](const std::string&) { return std::unique_ptr<Store>(make_memory_store()); }},
        Engine{"RocksSync", [](const std::string& f) { return open_rocks(f, Durability::kSync); }},
        Engine{"RocksOs", [](const std::string& f) { return open_rocks(f, Durability::kOs); }}),
    [](const testing::TestParamInfo<Engine>& engine) { return engine.param.name; });

}  // namespace
}  // namespace millrace::store
