// Shards that are split or followed by others while mappings consume them: parents first, nothing lost, order per key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engines/stream/retention.h"
#include "store/run_testing.h"
#include "triggers/mill_testing.h"

namespace millrace::triggers {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class LineageTest : public testing::Test {
 protected:
  std::vector<int> handled() {
    std::vector<int> values;
    for (const SeenRecord& record : mill.function.handled)
      values.push_back(record.value);
    return values;
  }
  bool until(std::size_t count) {
    return mill.run_until([this, count] { return mill.function.handled.size() >= count; });
  }
  std::size_t positions_kept(const catalog::EventSourceMapping& mapping,
                             const std::vector<stream::Shard>& shards) {
    std::size_t kept = 0;
    for (const stream::Shard& shard : shards) {
      boost::asio::io_context context;
      kept += store::run(context, mill.mappings.position(mapping.uuid, shard.log))->has_value();
    }
    return kept;
  }
  void expect_order_per_key() {
    std::map<std::string, int> last;
    for (const SeenRecord& record : mill.function.handled) {
      EXPECT_GT(record.value, last[record.key]) << record.key;
      last[record.key] = record.value;
    }
  }
  Mill mill;
};

TEST_F(LineageTest, AChildIsConsumedWithoutTheClock) {
  mill.start();
  mill.create(mill.mapping_for());
  mill.write("a");
  mill.settle();
  const auto before = mill.clock.now();
  mill.split("a");
  mill.write("a");
  mill.settle();
  mill.roll_over("a");
  mill.write("a");
  mill.settle();
  EXPECT_EQ(handled(), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(mill.clock.now(), before);
}

TEST_F(LineageTest, AParentIsReadToItsEndBeforeItsChildren) {
  auto mapping = mill.mapping_for();
  mapping.settings.batch_size = 1;
  mill.create(mapping);
  mill.function.duration = seconds(1);
  for (int i = 0; i < 5; ++i)
    mill.write("a");
  mill.split("a");
  for (int i = 0; i < 5; ++i)
    mill.write("a");
  mill.split("a");
  mill.write("a");
  mill.start();
  ASSERT_TRUE(until(11));
  expect_order_per_key();
  EXPECT_EQ(mill.function.most_running, 1u);
}

TEST_F(LineageTest, AFailingParentHoldsItsChildrenBackAndNobodyElse) {
  auto mapping = mill.mapping_for();
  mill.create(mapping);
  mill.start();
  mill.function.answer = [](const SeenBatch& batch) { return batch[0].value == 1 ? failed() : answered(); };
  std::string other = "b";
  while (mill.shard_of(other) == mill.shard_of("a"))
    other += "b";
  mill.write("a");
  mill.split("a");
  mill.write("a");
  mill.write(other);
  mill.pass(hours(1));
  EXPECT_EQ(handled(), (std::vector<int>{3}));
  mill.function.answer = nullptr;
  ASSERT_TRUE(until(3));
  EXPECT_EQ(handled(), (std::vector<int>{3, 1, 2}));
}

TEST_F(LineageTest, WhatAParentGivesUpLetsItsChildrenBegin) {
  auto mapping = mill.mapping_for();
  mapping.settings.maximum_retry_attempts = 2;
  mapping.settings.on_failure_destination = "arn:aws:s3:::failures";
  mill.create(mapping);
  mill.function.answer = [](const SeenBatch& batch) { return batch[0].value == 1 ? failed() : answered(); };
  mill.write("a");
  mill.split("a");
  mill.write("a");
  mill.start();
  ASSERT_TRUE(until(1));
  EXPECT_EQ(handled(), (std::vector<int>{2}));
  EXPECT_EQ(mill.failures.documents.size(), 1u);
}

TEST_F(LineageTest, LatestSkipsWhatWasBeforeTheMappingAndNothingOfLaterChildren) {
  mill.write("a");
  mill.split("a");
  mill.write("a");
  auto latest = mill.mapping_for();
  latest.starting_position = catalog::StartingPosition::kLatest;
  mill.create(latest);
  mill.write("a");
  mill.split("a");
  mill.write("a");  // in a child that was made after the mapping: from its beginning
  mill.roll_over("a");
  mill.write("a");
  mill.start();
  mill.settle();
  EXPECT_EQ(handled(), (std::vector<int>{3, 4, 5}));
}

TEST_F(LineageTest, ARestartBetweenParentAndChild) {
  mill.create(mill.mapping_for());
  mill.start();
  mill.write("a");
  mill.settle();
  mill.stop();
  mill.write("a");
  mill.split("a");
  mill.write("a");
  mill.start();
  mill.settle();
  mill.stop();
  mill.roll_over("a");
  mill.write("a");
  mill.start();
  mill.settle();
  EXPECT_EQ(handled(), (std::vector<int>{1, 2, 3, 4}));
}

TEST_F(LineageTest, CutInTheParentTheRestBelongsToItFirst) {
  auto mapping = mill.mapping_for();
  mapping.settings.batch_size = 1;
  mill.create(mapping);
  mill.function.duration = seconds(1);
  for (int i = 0; i < 3; ++i)
    mill.write("a");
  mill.split("a");
  mill.write("a");
  mill.start();
  mill.pass(milliseconds(1500));
  mill.stop(milliseconds(0));  // in the middle of the second record
  mill.start();
  ASSERT_TRUE(until(4));
  expect_order_per_key();
  EXPECT_EQ(handled(), (std::vector<int>{1, 2, 3, 4}));
}

TEST_F(LineageTest, DisabledAndEnabledAcrossASplit) {
  mill.start();
  const auto mapping = mill.create(mill.mapping_for());
  mill.write("a");
  mill.settle();
  mill.update(mapping.uuid, [](catalog::EventSourceMapping& m) { m.enabled = false; });
  mill.settle();
  mill.write("a");
  mill.split("a");
  mill.write("a");
  mill.pass(seconds(10));
  EXPECT_EQ(handled().size(), 1u);
  mill.update(mapping.uuid, [](catalog::EventSourceMapping& m) { m.enabled = true; });
  mill.settle();
  EXPECT_EQ(handled(), (std::vector<int>{1, 2, 3}));
}

TEST_F(LineageTest, ABatchingWindowEndsWithTheShard) {
  auto mapping = mill.mapping_for();
  mapping.settings.batching_window_seconds = 300;
  mill.create(mapping);
  mill.start();
  mill.write("a");
  mill.settle();
  EXPECT_TRUE(handled().empty());
  mill.split("a");
  mill.settle();
  EXPECT_EQ(handled(), (std::vector<int>{1}));
}

TEST_F(LineageTest, LanesKeepTheOrderOfEachKeyAcrossSplits) {
  auto mapping = mill.mapping_for();
  mapping.settings.parallelization_factor = 10;
  mapping.settings.batch_size = 2;
  mill.create(mapping);
  mill.function.duration = milliseconds(10);
  mill.start();
  for (int i = 0; i < 400; ++i) {
    mill.write("key" + std::to_string(i % 50));
    if (i % 50 == 49) mill.split("key" + std::to_string(i % 7));
    if (i % 20 == 19) mill.pass(milliseconds(5));
  }
  ASSERT_TRUE(until(400));
  EXPECT_EQ(mill.function.handled.size(), 400u);
  EXPECT_GT(mill.function.most_running, 20u);
  expect_order_per_key();
}

// A window is of one shard: the parent's ends with it, early, and the child's begins with an empty state.
TEST_F(LineageTest, AWindowEndsWithItsShard) {
  auto mapping = mill.mapping_for();
  mapping.settings.tumbling_window_seconds = 600;
  mill.create(mapping);
  mill.function.answer = [](const SeenBatch& batch) {
    return answered(batch.empty() ? "null"
                                  : R"({"state":{"of":)" + std::to_string(batch.back().value) + "}}");
  };
  mill.start();
  mill.write("a");
  mill.settle();
  const std::string parent = mill.describe().shards[mill.shard_of("a").number].id;
  mill.split("a");
  mill.write("a");
  mill.settle();
  ASSERT_EQ(mill.function.events.size(), 3u);
  EXPECT_THAT(mill.function.events[1], testing::HasSubstr(R"("state":{"of":1})"));
  EXPECT_THAT(mill.function.events[1],
              testing::HasSubstr(R"("isFinalInvokeForWindow":true,"isWindowTerminatedEarly":true)"));
  EXPECT_THAT(mill.function.events[2], testing::HasSubstr(R"("state":{},)"));
  EXPECT_THAT(mill.function.events[2], testing::HasSubstr(R"("isFinalInvokeForWindow":false)"));
  EXPECT_THAT(mill.function.events[1], testing::HasSubstr(parent));
  EXPECT_THAT(mill.function.events[2], testing::Not(testing::HasSubstr(parent)));
}

TEST_F(LineageTest, PositionsOfShardsThatAreGoneAreForgotten) {
  const auto mapping = mill.create(mill.mapping_for());
  mill.start();
  mill.write("a");
  mill.roll_over("a");
  mill.write("a");
  mill.settle();
  const auto before = mill.describe().shards;
  EXPECT_EQ(positions_kept(mapping, before), 2u);
  mill.pass(hours(25));
  boost::asio::io_context context;
  EXPECT_EQ(store::run(context, stream::trim_expired(*mill.store, mill.clock.now()))->shards, 1u);
  mill.roll_over("a");
  mill.write("a");
  mill.settle();
  EXPECT_EQ(handled(), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(positions_kept(mapping, before), 1u);
}

// Off for so long that the parent is gone: what is left of its children is consumed.
TEST_F(LineageTest, ChildrenOfAShardThatIsGoneBegin) {
  const auto mapping = mill.create(mill.mapping_for());
  mill.write("a");
  mill.split("a");
  mill.write("a");
  mill.pass(hours(25));
  const int last = mill.write("a");
  boost::asio::io_context context;
  EXPECT_EQ(store::run(context, stream::trim_expired(*mill.store, mill.clock.now()))->shards, 1u);
  mill.start();
  mill.settle();
  EXPECT_EQ(handled(), (std::vector<int>{last}));
}

TEST_F(LineageTest, AClosedStreamIsDoneWithAllGenerations) {
  mill.create(mill.mapping_for());
  mill.start();
  for (int i = 0; i < 20; ++i) {
    mill.write("key" + std::to_string(i % 4));
    if (i % 5 == 4) mill.split("key" + std::to_string(i % 4));
  }
  mill.write_in_batch([&](store::Batch& batch) { stream::close(batch, mill.handle, mill.clock.now()); });
  mill.settle();
  EXPECT_EQ(handled().size(), 20u);
  expect_order_per_key();
}

}  // namespace
}  // namespace millrace::triggers
