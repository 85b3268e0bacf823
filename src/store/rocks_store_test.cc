// What only the RocksDB engine does: survive restarts, power loss and full disks, and say why it does not open.
#include "store/rocks_store.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "store/fault_file_system_testing.h"
#include "store/run_testing.h"
#include "store/temp_folder_testing.h"

namespace millrace::store {
namespace {

RocksOptions options_for(const std::string& folder, Durability durability = Durability::kSync) {
  RocksOptions options;
  options.folder = folder;
  options.durability = durability;
  options.write_buffer_bytes = 1 << 20;
  options.block_cache_bytes = 1 << 20;
  return options;
}

std::unique_ptr<Store> open_it(const RocksOptions& options, rocksdb::Env* env = nullptr) {
  auto store = open_rocks_store_in(options, env);
  if (!store) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

base::Result<Committed, StoreError> write(Store& store, const std::function<void(Batch&)>& fill) {
  auto decide = [&](Reader&, Batch& batch) -> base::Result<Verdict, StoreError> {
    fill(batch);
    return Verdict::kCommit;
  };
  LambdaTransaction transaction(decide);
  return run(store.commit(transaction));
}

std::optional<std::string> get(Store& store, const std::string& key) {
  std::optional<std::string> value;
  auto body = [&](Reader& view) -> base::Result<void, StoreError> {
    auto found = view.get(key);
    if (!found) return base::fail(found.error());
    value = *found;
    return {};
  };
  if (!run(store.read(body))) throw std::runtime_error("the read failed");
  return value;
}

OpenError::Kind refusal(const RocksOptions& options) {
  auto store = open_rocks_store(options);
  if (store) throw std::logic_error("it opened");
  EXPECT_FALSE(store.error().message.empty());
  return store.error().kind;
}

TEST(RocksStore, KeepsItemsLogsAndTheCounterOverARestart) {
  for (const auto durability : {Durability::kSync, Durability::kOs}) {
    TempFolder folder;
    const auto options = options_for(folder.path(), durability);
    Sequence last = 0;
    {
      auto store = open_it(options);
      last = write(*store, [](Batch& batch) {
               batch.put("k", "v");
               batch.append(1, "r");
             })->last_sequence;
      write(*store, [last](Batch& batch) { batch.trim(1, last); });
      store->stop();
    }
    auto store = open_it(options);
    EXPECT_EQ(get(*store, "k"), "v");
    const auto next = write(*store, [](Batch& batch) { batch.append(2, "s"); });
    EXPECT_GT(next->last_sequence, last);  // though no record is left that says so
    store->stop();
  }
}

TEST(RocksStore, SaysWhyItDoesNotOpen) {
  TempFolder folder;
  const auto options = options_for(folder.path() + "/data");
  {
    auto store = open_it(options);
    EXPECT_EQ(refusal(options), OpenError::Kind::kLocked);
    store->stop();
  }
  std::ofstream(options.folder + "/FORMAT") << "millrace-store 999\n";
  EXPECT_EQ(refusal(options), OpenError::Kind::kNewerFormat);
  std::ofstream(options.folder + "/FORMAT") << "something else\n";
  EXPECT_EQ(refusal(options), OpenError::Kind::kCorrupt);
  std::filesystem::remove(options.folder + "/FORMAT");
  EXPECT_EQ(refusal(options), OpenError::Kind::kCorrupt);
  std::ofstream(folder.path() + "/file") << "x";
  EXPECT_EQ(refusal(options_for(folder.path() + "/file")), OpenError::Kind::kNotWritable);
  EXPECT_EQ(refusal(options_for("/proc/millrace")), OpenError::Kind::kIo);
}

// More data than any cache holds, so that reads and decisions go through the threads that may wait.
TEST(RocksStore, AnswersWhatIsOnDiskOnly) {
  TempFolder folder;
  const auto options = options_for(folder.path(), Durability::kOs);
  const auto key = [](int i) { return fmt::format("key/{:05}", i * 7919 % 20000); };
  {
    auto store = open_it(options);
    for (int i = 0; i < 20000; i += 100) {
      write(*store, [&](Batch& batch) {
        for (int j = i; j < i + 100; ++j)
          batch.put(key(j), fmt::format("{:<500}", j));
      });
    }
    store->stop();
  }
  auto store = open_it(options);
  for (int i = 0; i < 20000; i += 397) {
    EXPECT_EQ(get(*store, key(i)), fmt::format("{:<500}", i));
    auto decide = [&](Reader& view, Batch& batch) -> base::Result<Verdict, StoreError> {
      auto old = view.get(key(i));
      if (!old) return base::fail(old.error());
      batch.put(key(i), **old + "!");
      return Verdict::kCommit;
    };
    LambdaTransaction transaction(decide);
    transaction.keys = {key(i)};
    ASSERT_TRUE(run(store->commit(transaction)));
    EXPECT_EQ(get(*store, key(i)), fmt::format("{:<500}!", i));
  }
  std::size_t count = 0;
  auto scan = [&](Reader& view) {
    count = 0;
    return view.scan(prefix_range("key/"), Order::kDescending, [&](std::string_view, std::string_view) {
      ++count;
      return Visit::kContinue;
    });
  };
  ASSERT_TRUE(run(store->read(scan)));
  EXPECT_EQ(count, 20000u);
  store->stop();
}

TEST(RocksStore, AFullDiskRefusesWritesAndLosesNothing) {
  for (const auto durability : {Durability::kSync, Durability::kOs}) {
    TempFolder folder;
    auto files = std::make_shared<FaultFileSystem>();
    const auto env = rocksdb::NewCompositeEnv(files);
    {
      auto store = open_it(options_for(folder.path(), durability), env.get());
      ASSERT_TRUE(write(*store, [](Batch& batch) { batch.put("before", "1"); }));
      files->fail_writes(true);
      const auto refused = write(*store, [](Batch& batch) { batch.put("during", "1"); });
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error(), StoreError::kWriteRefused);
      files->fail_writes(false);
      EXPECT_EQ(write(*store, [](Batch& batch) { batch.put("after", "1"); }).error(),
                StoreError::kWriteRefused);
      EXPECT_EQ(get(*store, "before"), "1");
      EXPECT_EQ(get(*store, "during"), std::nullopt);
      store->stop();
    }
    auto store = open_it(options_for(folder.path(), durability), env.get());
    EXPECT_EQ(get(*store, "before"), "1");
    EXPECT_TRUE(write(*store, [](Batch& batch) { batch.put("after", "1"); }));
    store->stop();
  }
}

base::Task<> count_up(Store& store, int writer, std::map<int, int>& acknowledged) {
  for (;;) {
    int number = 0;
    auto decide = [&](Reader& view, Batch& batch) -> base::Result<Verdict, StoreError> {
      const auto old = view.get(std::to_string(writer));
      if (!old) return base::fail(old.error());
      number = *old ? std::stoi(**old) + 1 : 1;
      batch.put(std::to_string(writer), fmt::format("{:<4000}", number));
      batch.append(static_cast<LogId>(writer + 1), std::to_string(number));
      return Verdict::kCommit;
    };
    LambdaTransaction transaction(decide);
    transaction.keys = {std::to_string(writer)};
    const auto done = co_await store.commit(transaction);
    if (!done) co_return;
    acknowledged[writer] = number;
  }
}

TEST(RocksStore, PowerLossTakesNothingThatWasAcknowledged) {
  TempFolder folder;
  auto files = std::make_shared<FaultFileSystem>();
  const auto env = rocksdb::NewCompositeEnv(files);
  const auto random = base::make_seeded_random(5);
  std::map<int, int> acknowledged;
  for (int round = 0; round < 5; ++round) {
    {
      boost::asio::io_context context;
      auto store = open_it(options_for(folder.path()), env.get());
      for (int writer = 0; writer < 8; ++writer) {
        boost::asio::co_spawn(context, count_up(*store, writer, acknowledged), boost::asio::detached);
      }
      for (auto left = random->below(1000); left > 0; --left)
        context.run_one();
      files->fail_writes(true);
      context.run();  // until every writer heard that no more is accepted
      store->stop();
      store.reset();
    }
    files->fail_writes(false);
    files->lose_power(*random);
    auto store = open_it(options_for(folder.path()), env.get());
    auto check = [&](Reader& view) -> base::Result<void, StoreError> {
      for (int writer = 0; writer < 8; ++writer) {
        const auto item = view.get(std::to_string(writer));
        if (!item) return base::fail(item.error());
        const int number = *item ? std::stoi(**item) : 0;
        EXPECT_GE(number, acknowledged[writer]) << "round " << round;
        int records = 0;
        auto read = view.read_log(static_cast<LogId>(writer + 1), 0, [&](Sequence, std::string_view record) {
          EXPECT_EQ(record, std::to_string(++records));
          return Visit::kContinue;
        });
        if (!read) return read;
        EXPECT_EQ(records, number) << "round " << round;
      }
      return {};
    };
    ASSERT_TRUE(run(store->read(check)));
    store->stop();
  }
  EXPECT_GT(acknowledged[0], 0);
}

TEST(RocksStore, RefusesMoreThanItLetsWait) {
  TempFolder folder;
  auto options = options_for(folder.path());
  options.max_waiting = 4;
  boost::asio::io_context context;
  auto store = open_it(options);
  int overloaded = 0, accepted = 0;
  struct Writer {
    static base::Task<> write(Store& into, int i, int& refused, int& taken) {
      auto decide = [i](Reader&, Batch& batch) -> base::Result<Verdict, StoreError> {
        batch.put(std::to_string(i), std::string(1000, 'x'));
        return Verdict::kCommit;
      };
      LambdaTransaction transaction(decide);
      const auto done = co_await into.commit(transaction);
      if (done) {
        ++taken;
      } else {
        EXPECT_EQ(done.error(), StoreError::kOverloaded);
        ++refused;
      }
    }
  };
  for (int i = 0; i < 2000; ++i) {
    boost::asio::co_spawn(context, Writer::write(*store, i, overloaded, accepted), boost::asio::detached);
  }
  context.run();
  EXPECT_GT(overloaded, 0);
  EXPECT_GT(accepted, 4);
  EXPECT_EQ(overloaded + accepted, 2000);
  store->stop();
  store.reset();
}

}  // namespace
}  // namespace millrace::store
