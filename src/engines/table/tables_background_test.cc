// The work beside requests: no kind waits for another, and a big table's for a small one's neither.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "engines/table/copying.h"
#include "engines/table/table_keys.h"
#include "engines/table/tables.h"
#include "store/memory_store_testing.h"
#include "store/run_testing.h"

namespace millrace::table {
namespace {

class InstantClock final : public base::Clock {
 public:
  base::WallTime now() const override { return base::WallTime{std::chrono::seconds(1'800'000'000)}; }
  base::SteadyTime steady_now() const override { return {}; }
  base::Task<> sleep_until(base::SteadyTime) override { co_return; }
};

// A store whose commits of copies do not end until they are let go.
class HoldingCopies final : public store::Store {
 public:
  explicit HoldingCopies(store::Store& inner) : inner_(inner) {}
  base::Task<base::Result<store::Committed, store::StoreError>> commit(
      store::Transaction& transaction) override {
    const bool is_copy = std::ranges::any_of(
        transaction.keys, [](const std::string& key) { return key.starts_with(copies_prefix()); });
    if (is_copy && holding) {
      boost::asio::steady_timer gate(co_await boost::asio::this_coro::executor,
                                     boost::asio::steady_timer::time_point::max());
      gate_ = &gate;
      co_await gate.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
      gate_ = nullptr;
    }
    co_await boost::asio::post(boost::asio::use_awaitable);  // a step of the test at a time
    co_return co_await inner_.commit(transaction);
  }
  base::Task<base::Result<void, store::StoreError>> read(ReadBody body) override {
    return inner_.read(std::move(body));
  }
  base::Task<base::Result<void, store::StoreError>> wait_for_append(store::LogId log,
                                                                    store::Sequence after) override {
    return inner_.wait_for_append(log, after);
  }
  void stop() override { inner_.stop(); }
  bool is_held() const { return gate_ != nullptr; }
  void let_go() {
    holding = false;
    if (gate_) gate_->cancel();
  }

  bool holding = true;

 private:
  store::Store& inner_;
  boost::asio::steady_timer* gate_ = nullptr;
};

class BackgroundTest : public testing::Test {
 protected:
  DefinitionPtr create(std::string name, int items) {
    TableDefinition definition;
    definition.name = {"000000000000", "us-east-1", std::move(name)};
    definition.keys = {{"pk", KeyType::kString}, std::nullopt, {}, {}};
    DefinitionPtr table = *store::run(tables_.definitions().create(std::move(definition), {}));
    for (int i = 0; i < items; ++i) {
      Item item;
      item.set("pk", Value{String{"p" + std::to_string(i)}});
      item.set("color", Value{String{"red"}});
      ItemWrite write;
      write.item = &item;
      EXPECT_TRUE(store::run(tables_.items().write(table, write)));
    }
    return table;
  }
  void add_index(const DefinitionPtr& table) {
    Definitions::Edit edit = [](TableDefinition& made) -> TableResult<void> {
      IndexDefinition index;
      index.name = "by-color";
      index.keys = {{"color", KeyType::kString}, std::nullopt, {}, {}};
      index.status = IndexStatus::kCreating;
      made.indexes.push_back(std::move(index));
      return {};
    };
    ASSERT_TRUE(store::run(tables_.definitions().change(table->name, edit, {})));
  }
  bool is_filled(const DefinitionPtr& table) {
    const auto now = store::run(tables_.definitions().find(table->name));
    return now && !(*now)->indexes.empty() && (*now)->indexes[0].status == IndexStatus::kActive;
  }
  // Until `done`, or so many steps that it never will be.
  template <class Done>
  bool run_until(Done done) {
    for (int steps = 0; steps < 200'000; ++steps) {
      if (done()) return true;
      context_.restart();
      context_.run_one();
    }
    return false;
  }

  std::unique_ptr<store::MemoryStore> memory_ = store::make_memory_store();
  HoldingCopies store_{*memory_};
  InstantClock clock_;
  Tables tables_{store_, clock_};
  boost::asio::io_context context_;
};

TEST_F(BackgroundTest, AnIndexIsFilledWhileACopyIsUnderWay) {
  const DefinitionPtr table = create("copied", 10);
  store_.holding = false;
  Copy copy;
  copy.from = table->id;
  copy.as_of = UINT64_MAX;
  copy.to = table->id + 1000;
  store::LambdaTransaction begin([&copy](store::Reader&, store::Batch& batch) {
    begin_copy(batch, copy);
    return base::Result<store::Verdict, store::StoreError>(store::Verdict::kCommit);
  });
  ASSERT_TRUE(store::run(memory_->commit(begin)));
  store_.holding = true;
  bool ended = false;
  boost::asio::co_spawn(context_, tables_.run(), [&ended](std::exception_ptr) { ended = true; });
  ASSERT_TRUE(run_until([this] { return store_.is_held(); }));
  add_index(table);
  tables_.wake_backfills();
  EXPECT_TRUE(run_until([&] { return is_filled(table); })) << "the index waits for the copy";
  EXPECT_TRUE(store_.is_held());
  store_.let_go();
  tables_.stop();
  EXPECT_TRUE(run_until([&ended] { return ended; }));
}

TEST_F(BackgroundTest, ASmallIndexIsFilledBeforeABigOne) {
  // In the order of their names, the big one is first.
  const DefinitionPtr big = create("a-big", 128 * 40);
  const DefinitionPtr small = create("z-small", 5);
  add_index(big);
  add_index(small);
  boost::asio::co_spawn(context_, tables_.run(), boost::asio::detached);
  ASSERT_TRUE(run_until([&] { return is_filled(small); }));
  EXPECT_FALSE(is_filled(big));
  EXPECT_TRUE(run_until([&] { return is_filled(big); }));
  tables_.stop();
  context_.restart();
  context_.run();
}

}  // namespace
}  // namespace millrace::table
