#include "engines/telemetry/log_store.h"

#include <gtest/gtest.h>

#include "store/memory_store_testing.h"
#include "store/run_testing.h"

namespace millrace::telemetry {
namespace {

using namespace std::chrono_literals;
using store::run;
const GroupKey kGroup{"000000000000", "us-east-1", "/aws/lambda/f"};
const base::WallTime kStart{std::chrono::seconds(1'795'226'400)};

template <class T>
T get(base::Result<T, store::StoreError> result) {
  return std::move(result).value();
}

class LogStoreTest : public testing::Test {
 protected:
  void append(std::chrono::microseconds at, std::string message, std::string stream = "s",
              std::string request = "") {
    logs->append(kGroup, {std::move(stream), std::move(request), std::move(message), kStart + at, {}});
  }
  std::vector<std::string> messages(LogQuery query) {
    query.group = kGroup;
    std::vector<std::string> out;
    for (LogEvent& event : get(run(logs->query(std::move(query)))))
      out.push_back(std::move(event.message));
    return out;
  }
  void make(LogStoreOptions options = {}) { logs = std::make_unique<LogStore>(*store, *clock, options); }
  void SetUp() override { make(); }
  std::unique_ptr<store::MemoryStore> store = store::make_memory_store();
  std::unique_ptr<base::Clock> clock = base::make_system_clock();
  std::unique_ptr<LogStore> logs;
};

TEST_F(LogStoreTest, OrderedByTimeAndFiltered) {
  append(2ms, "third", "t", "r2");
  append(1ms, "first", "s", "r1");
  append(1ms, "second\nline", "s", "r1");
  append(9ms, std::string("nul\0inside", 10), "s");
  EXPECT_EQ(messages({}),
            (std::vector<std::string>{"first", "second\nline", "third", std::string("nul\0inside", 10)}));
  EXPECT_EQ(messages({.stream = "t"}), (std::vector<std::string>{"third"}));
  EXPECT_EQ(messages({.request_id = "r1"}), (std::vector<std::string>{"first", "second\nline"}));
  EXPECT_EQ(messages({.from = kStart + 2ms, .to = kStart + 9ms}), (std::vector<std::string>{"third"}));
  EXPECT_EQ(messages({.limit = 1}), (std::vector<std::string>{"first"}));
  EXPECT_EQ(messages({.stream = "s", .limit = 2, .newest = true}),
            (std::vector<std::string>{"second\nline", std::string("nul\0inside", 10)}));
}

TEST_F(LogStoreTest, StreamsAndGroups) {
  append(5ms, "x", "b");
  append(1ms, "x", "a");
  run([](LogStore& l) -> base::Task<int> {
    co_await l.flush();
    co_return 0;
  }(*logs));
  append(3ms, "x", "b");
  auto streams = get(run(logs->streams(kGroup)));
  ASSERT_EQ(streams.size(), 2u);
  EXPECT_EQ(streams[0].name, "a");
  EXPECT_EQ(streams[1].first, kStart + 3ms);
  EXPECT_EQ(streams[1].last, kStart + 5ms);
  logs->append({"000000000000", "eu-west-1", "/other"}, {"s", "", "x", kStart, {}});
  EXPECT_EQ(get(run(logs->groups("000000000000", "us-east-1"))), std::vector<GroupKey>{kGroup});
  ASSERT_TRUE(run(logs->erase(kGroup)));
  EXPECT_TRUE(messages({}).empty());
  EXPECT_TRUE(get(run(logs->groups("000000000000", "us-east-1"))).empty());
}

TEST_F(LogStoreTest, SurvivesANewLogStore) {
  append(1ms, "kept");
  EXPECT_EQ(messages({}).size(), 1u);
  make();
  append(1ms, "later");
  EXPECT_EQ(messages({}), (std::vector<std::string>{"kept", "later"}));
}

TEST_F(LogStoreTest, BoundedInMemoryAndInTheStore) {
  LogStoreOptions options;
  options.waiting_bytes = 10'000;
  make(options);
  for (int i = 0; i < 20; ++i)
    append(std::chrono::microseconds(i), std::string(1000, 'x'));
  EXPECT_EQ(logs->dropped(), 12u);
  options = {};
  options.group_bytes = 20'000;
  options.batch_bytes = 2'000;
  make(options);
  for (int i = 0; i < 100; ++i)
    append(1s + std::chrono::microseconds(i), std::to_string(i) + std::string(1000, 'y'));
  const std::vector<std::string> kept = messages({});
  EXPECT_LE(kept.size(), 20u);
  ASSERT_GE(kept.size(), 10u);
  EXPECT_TRUE(kept.back().starts_with("99y"));
}

LogEvent event_at(std::chrono::microseconds at, std::string message, std::string stream) {
  return {std::move(stream), "", std::move(message), kStart + at, {}};
}

TEST_F(LogStoreTest, GroupsAndStreamsAreMadeChangedAndErased) {
  EXPECT_EQ(get(run(logs->put(kGroup, "s", {event_at(1ms, "x", "s")}))), LogOutcome::kNoGroup);
  EXPECT_EQ(get(run(logs->create_stream(kGroup, "s"))), LogOutcome::kNoGroup);
  GroupInfo info;
  info.key = kGroup;
  info.created = kStart;
  info.tags = {{"a", "1"}};
  EXPECT_EQ(get(run(logs->create_group(info))), LogOutcome::kDone);
  EXPECT_EQ(get(run(logs->create_group(info))), LogOutcome::kExists);
  EXPECT_EQ(get(run(logs->put(kGroup, "s", {}))), LogOutcome::kNoStream);
  EXPECT_EQ(get(run(logs->put(kGroup, "s", {event_at(1ms, "x", "s")}))), LogOutcome::kNoStream);
  EXPECT_EQ(get(run(logs->create_stream(kGroup, "s"))), LogOutcome::kDone);
  EXPECT_EQ(get(run(logs->create_stream(kGroup, "s"))), LogOutcome::kExists);
  EXPECT_TRUE(get(run(logs->streams(kGroup)))[0].empty());
  EXPECT_EQ(get(run(logs->put(kGroup, "s", {event_at(1ms, "x", "s"), event_at(2ms, "y", "s")}))),
            LogOutcome::kDone);
  EXPECT_FALSE(get(run(logs->streams(kGroup)))[0].empty());
  EXPECT_EQ(get(run(logs->change_group(kGroup, [](GroupInfo& g) { g.retention_days = 7; }))),
            LogOutcome::kDone);
  const auto found = get(run(logs->find_group(kGroup)));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->retention_days, 7u);
  EXPECT_EQ(found->created, kStart);
  EXPECT_EQ(found->tags.at("a"), "1");
  EXPECT_GT(found->stored_bytes, 0u);
  EXPECT_EQ(get(run(logs->erase_stream(kGroup, "s"))), LogOutcome::kDone);
  EXPECT_EQ(get(run(logs->erase_stream(kGroup, "s"))), LogOutcome::kNoStream);
  EXPECT_TRUE(messages({}).empty());
  EXPECT_EQ(get(run(logs->find_group(kGroup)))->stored_bytes, 0u);
}

TEST_F(LogStoreTest, PagesGoOnWhereTheyStopped) {
  for (int i = 0; i < 5; ++i)
    append(1ms, std::to_string(i));  // of one time: only the serial orders them
  LogQuery query;
  query.group = kGroup;
  query.limit = 2;
  query.accept = [](const LogEvent& event) { return event.message != "1"; };
  const LogPage first = get(run(logs->page(query)));
  ASSERT_EQ(first.events.size(), 2u);
  EXPECT_EQ(first.events[1].message, "2");
  ASSERT_TRUE(first.stopped_at);
  query.after = first.stopped_at;
  query.limit = 9;
  const LogPage second = get(run(logs->page(query)));
  ASSERT_EQ(second.events.size(), 2u);
  EXPECT_EQ(second.events[0].message, "3");
  EXPECT_FALSE(second.stopped_at);
  query.after.reset();
  query.before = position_of(second.events[0]);
  query.newest = true;
  query.limit = 1;
  EXPECT_EQ(get(run(logs->page(query))).events[0].message, "2");
}

TEST_F(LogStoreTest, RetentionForgetsTheOldOnly) {
  const auto age = clock->now() - kStart;
  append(std::chrono::duration_cast<std::chrono::microseconds>(age) - 25h, "old");
  append(std::chrono::duration_cast<std::chrono::microseconds>(age) - 23h, "young");
  EXPECT_EQ(get(run(logs->change_group(kGroup, [](GroupInfo& g) { g.retention_days = 1; }))),
            LogOutcome::kDone);
  run([](LogStore& l) -> base::Task<int> {
    co_await l.expire();
    co_return 0;
  }(*logs));
  EXPECT_EQ(messages({}), std::vector<std::string>{"young"});
}

TEST_F(LogStoreTest, ARefusingStoreLosesEventsButNotTheServer) {
  store->fail_writes(true);
  append(1ms, "lost");
  EXPECT_TRUE(messages({}).empty());
  EXPECT_EQ(logs->dropped(), 1u);
}

}  // namespace
}  // namespace millrace::telemetry
