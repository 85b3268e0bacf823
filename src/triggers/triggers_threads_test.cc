// The whole of it on real threads, the real store and the machine's clock: several mappings over two executors while
// records are written and settings change. Meant for TSan as much as for itself.
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "engines/table/change_record.h"
#include "store/temp_folder_testing.h"
#include "triggers/mill_testing.h"
#include "triggers/triggers.h"

namespace millrace::triggers {
namespace {

constexpr int kMappings = 3;
constexpr int kRecords = 300;

class CountingFunction final : public BatchHandler {
 public:
  base::Task<BatchAnswer> handle(const catalog::EventSourceMapping& mapping, std::string event) override {
    std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (auto at = event.find("\"eventID\""); at != std::string::npos; at = event.find("\"eventID\"", at + 1))
      ++count;
    seen_[mapping.uuid] += count;
    changed_.notify_all();
    co_return BatchAnswer{BatchAnswer::Kind::kAnswered, "null", {}, {}};
  }
  bool wait_for_all() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), [this] {
      return seen_.size() == kMappings &&
             std::all_of(seen_.begin(), seen_.end(), [](const auto& one) { return one.second >= kRecords; });
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::size_t> seen_;
};

class Threads {
 public:
  Threads() {
    for (auto& context : contexts_) {
      guards_.push_back(boost::asio::make_work_guard(context));
      threads_.emplace_back([&context] { context.run(); });
    }
  }
  ~Threads() {
    guards_.clear();
    for (auto& thread : threads_)
      thread.join();
  }
  template <class T>
  std::future<T> start(std::size_t on, base::Task<T> task) {
    return boost::asio::co_spawn(contexts_[on], std::move(task), boost::asio::use_future);
  }
  template <class T>
  T wait(base::Task<T> task) {
    return start(0, std::move(task)).get();
  }
  std::vector<boost::asio::any_io_executor> executors() {
    return {contexts_[0].get_executor(), contexts_[1].get_executor()};
  }

 private:
  std::array<boost::asio::io_context, 2> contexts_;
  std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> guards_;
  std::vector<std::thread> threads_;
};

base::Task<bool> write_records(store::Store& store, stream::Handle handle, base::Clock& clock) {
  for (int i = 0; i < kRecords; ++i) {
    const std::string key = "key" + std::to_string(i % 20);
    const std::string keys = R"({"id":{"S":")" + key + "\"}}";
    table::ChangeRecord change;
    change.created = clock.now();
    change.keys = keys;
    const std::string record = table::encode_change(change);
    auto decide = [&](store::Reader&,
                      store::Batch& batch) -> base::Result<store::Verdict, store::StoreError> {
      stream::append_record(batch, handle, key, record, clock.now());
      return store::Verdict::kCommit;
    };
    store::LambdaTransaction transaction(decide);
    const auto done = co_await store.commit(transaction);
    if (!done) co_return false;
  }
  co_return true;
}

base::Task<bool> open_stream(store::Store& store, const stream::NewStream& stream) {
  auto decide = [&](store::Reader&, store::Batch& batch) -> base::Result<store::Verdict, store::StoreError> {
    stream::create(batch, stream);
    return store::Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  const auto done = co_await store.commit(transaction);
  co_return done.has_value();
}

TEST(TriggersThreads, EveryMappingSeesEveryRecord) {
  store::TempFolder folder;
  Threads threads;
  store::RocksOptions options;
  options.folder = folder.path();
  options.durability = store::Durability::kOs;
  options.check_read_sets = true;
  auto opened = store::open_rocks_store(options);
  ASSERT_TRUE(opened);
  store::Store& store = **opened;
  const auto clock = base::make_system_clock();
  const auto random = base::make_system_random();
  base::Registry registry;
  catalog::EventSourceMappings mappings(store, *clock, *random);
  CountingFunction function;
  const stream::NewStream table{
      {"0", "r", "T", "l"}, stream::new_handle(*random, clock->now()), clock->now(), 0, ""};
  ASSERT_TRUE(threads.wait(open_stream(store, table)));

  FakeFailures failures;
  const TriggersWorld world{store, mappings, *clock, *random, registry, function, failures};
  Triggers triggers(world, threads.executors());
  auto running = boost::asio::co_spawn(threads.executors()[0], triggers.run(), boost::asio::use_future);
  std::vector<std::string> uuids;
  for (int i = 0; i < kMappings; ++i) {
    catalog::EventSourceMapping mapping;
    mapping.account = "0";
    mapping.region = "r";
    mapping.event_source_arn = stream::table_stream_arn(table.name);
    mapping.function_arn = "f" + std::to_string(i);
    mapping.starting_position = catalog::StartingPosition::kTrimHorizon;
    mapping.settings.parallelization_factor = 2;
    mapping.settings.batch_size = 10;
    const auto made = threads.wait(mappings.create(mapping));
    ASSERT_TRUE(made);
    uuids.push_back(made->uuid);
  }
  auto writing = threads.start(1, write_records(store, table.handle, *clock));
  for (unsigned round = 0; round < 5; ++round) {
    for (const auto& uuid : uuids) {
      auto edit = [round](catalog::EventSourceMapping& m) { m.settings.parallelization_factor = round + 1; };
      EXPECT_TRUE(threads.wait(mappings.update("0", "r", uuid, edit)));
    }
  }
  EXPECT_TRUE(writing.get());
  EXPECT_TRUE(function.wait_for_all());
  boost::asio::co_spawn(threads.executors()[0], triggers.stop(std::chrono::seconds(30)),
                        boost::asio::use_future)
      .get();
  running.get();
  store.stop();
}

}  // namespace
}  // namespace millrace::triggers
