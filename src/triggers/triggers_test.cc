#include "triggers/triggers.h"

#include <gtest/gtest.h>

#include "store/run_testing.h"
#include "triggers/batch_response.h"
#include "triggers/mill_testing.h"

namespace millrace::triggers {
namespace {

using catalog::EventSourceMapping;
using catalog::MappingState;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<int> values(const SeenBatch& batch) {
  std::vector<int> out;
  for (const auto& record : batch)
    out.push_back(record.value);
  return out;
}
std::vector<std::vector<int>> values(const std::vector<SeenBatch>& batches) {
  std::vector<std::vector<int>> out;
  for (const auto& batch : batches)
    out.push_back(values(batch));
  return out;
}
using Batches = std::vector<std::vector<int>>;

class TriggersTest : public testing::Test {
 protected:
  FakeFunction& function() { return mill.function; }
  bool handled(std::size_t count) {
    return mill.run_until([&, count] { return function().handled.size() >= count; });
  }
  std::uint64_t counted(const std::string& name, const EventSourceMapping& mapping) {
    return mill.registry.counter(name, "mapping=\"" + mapping.uuid + "\"", "").value();
  }
  Mill mill;
};

TEST_F(TriggersTest, ACommittedRecordReachesTheFunctionWithoutTheClock) {
  mill.start();
  const auto mapping = mill.create(mill.mapping_for());
  EXPECT_EQ(mill.find(mapping.uuid).state, MappingState::kEnabled);
  const auto before = mill.clock.now();
  mill.write("a");
  mill.settle();
  EXPECT_EQ(values(function().batches), (Batches{{1}}));
  EXPECT_EQ(mill.clock.now(), before);
  EXPECT_EQ(mill.find(mapping.uuid).last_processing_result, "OK");
  EXPECT_EQ(mill.registry.histogram("trigger_lag", "mapping=\"" + mapping.uuid + "\"", "").count(), 1u);
}

TEST_F(TriggersTest, TheEventIsAwss) {
  mill.start();
  mill.create(mill.mapping_for());
  mill.write("a");
  mill.settle();
  ASSERT_EQ(function().events.size(), 1u);
  std::string event = function().events[0];
  const auto id = event.find("\"eventID\":\"");
  ASSERT_NE(id, std::string::npos);
  event.erase(id + 11, 32);
  const auto sequence = stream::sequence_text(function().batches[0][0].sequence);
  EXPECT_EQ(
      event,
      R"({"Records":[{"eventID":"","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb",)"
      R"("awsRegion":"eu-west-1","dynamodb":{"ApproximateCreationDateTime":1795219200,"Keys":{"id":{"S":"a"}},)"
      R"("NewImage":{"id":{"S":"a"},"n":{"N":"1"},"pad":{"S":""}},"SequenceNumber":")" +
          sequence + R"(","SizeBytes":59,"StreamViewType":"NEW_IMAGE"},"eventSourceARN":")" +
          stream::table_stream_arn(mill.stream_name) + R"("}]})");
}

TEST_F(TriggersTest, StartsWhereItIsTold) {
  mill.write("a");
  auto latest = mill.mapping_for("latest"), horizon = mill.mapping_for("horizon");
  latest.starting_position = catalog::StartingPosition::kLatest;
  mill.create(latest);
  mill.create(horizon);
  mill.write("a");  // after both were made, before anything runs
  mill.start();
  mill.settle();
  std::multiset<int> seen;
  for (const auto& record : function().handled)
    seen.insert(record.value);
  EXPECT_EQ(seen, (std::multiset<int>{1, 2, 2}));
}

TEST_F(TriggersTest, BatchesAreBoundedByCount) {
  for (int i = 0; i < 10; ++i)
    mill.write("a");
  auto mapping = mill.mapping_for();
  mapping.settings.batch_size = 4;
  mill.create(mapping);
  mill.start();
  EXPECT_EQ(values(function().batches), (Batches{{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10}}));
}

TEST_F(TriggersTest, BatchesAreBoundedBySixMegabytes) {
  for (int i = 0; i < 20; ++i)
    mill.write("a", 390 << 10);
  mill.create(mill.mapping_for());
  mill.start();
  ASSERT_TRUE(handled(20));
  EXPECT_GE(function().batches.size(), 2u);
  for (const auto& event : function().events)
    EXPECT_LE(event.size(), 6u << 20);
}

TEST_F(TriggersTest, TheWindowGathersUntilItEndsOrTheBatchIsFull) {
  auto mapping = mill.mapping_for();
  mapping.settings.batching_window_seconds = 5;
  mapping.settings.batch_size = 3;
  mill.start();
  mill.create(mapping);
  mill.write("a");
  mill.pass(seconds(2));
  mill.write("a");
  mill.pass(milliseconds(2900));
  EXPECT_TRUE(function().batches.empty());
  mill.pass(milliseconds(200));
  EXPECT_EQ(values(function().batches), (Batches{{1, 2}}));
  for (int i = 0; i < 3; ++i)
    mill.write("a");
  mill.settle();
  EXPECT_EQ(values(function().batches), (Batches{{1, 2}, {3, 4, 5}}));
}

TEST_F(TriggersTest, OnlyWhatPassesAFilterIsHandedOver) {
  auto mapping = mill.mapping_for();
  mapping.settings.filters = {R"({"dynamodb":{"Keys":{"id":{"S":["b"]}}}})",
                              R"({"dynamodb":{"NewImage":{"n":{"N":["1"]}}}})"};
  const auto made = mill.create(mapping);
  for (const char* key : {"a", "a", "b", "c"})
    mill.write(key);
  mill.start();
  mill.settle();
  std::multiset<int> seen;
  for (const auto& record : function().handled)
    seen.insert(record.value);
  EXPECT_EQ(seen, (std::multiset<int>{1, 3}));
  EXPECT_EQ(counted("trigger_records_filtered_total", made), 2u);
  // Filtered records are not looked at again.
  mill.stop();
  mill.start();
  mill.settle();
  EXPECT_EQ(counted("trigger_records_filtered_total", made), 2u);
  EXPECT_EQ(function().handled.size(), 2u);
}

TEST_F(TriggersTest, RetriesUntilTheAttemptsAreUsedUp) {
  auto mapping = mill.mapping_for();
  mapping.settings.maximum_retry_attempts = 2;
  const auto made = mill.create(mapping);
  mill.write("a");
  function().answer = [](const SeenBatch& batch) { return batch[0].value == 1 ? failed() : answered(); };
  mill.start();
  mill.settle();
  EXPECT_EQ(mill.find(made.uuid).last_processing_result, "PROBLEM: Function call failed");
  mill.write("a");
  ASSERT_TRUE(handled(1));
  EXPECT_EQ(values(function().batches), (Batches{{1}, {1}, {1}, {2}}));
  EXPECT_EQ(counted("trigger_records_discarded_total", made), 1u);
  EXPECT_EQ(counted("trigger_failures_total", made), 3u);
}

TEST_F(TriggersTest, WithoutALimitAFailureBlocksItsLaneAlone) {
  mill.create(mill.mapping_for());
  function().answer = [](const SeenBatch& batch) { return batch[0].key == "a" ? failed() : answered(); };
  mill.write("a");
  mill.start();
  std::string other = "b";  // a key of another shard
  while (mill.shard_of(other) == mill.shard_of("a"))
    other += "b";
  mill.pass(std::chrono::hours(1));
  mill.write(other);
  ASSERT_TRUE(handled(1));
  EXPECT_EQ(function().handled[0].key, other);
  const auto tries = function().batches.size();
  EXPECT_GT(tries, 60u);   // it goes on trying
  EXPECT_LT(tries, 250u);  // and not ever faster
  function().answer = nullptr;
  ASSERT_TRUE(handled(2));
}

TEST_F(TriggersTest, RecordsGetTooOld) {
  auto mapping = mill.mapping_for();
  mapping.settings.maximum_record_age_seconds = 60;
  const auto made = mill.create(mapping);
  mill.write("a");
  function().answer = [](const SeenBatch&) { return failed(); };
  mill.start();
  ASSERT_TRUE(mill.run_until([&] { return counted("trigger_records_discarded_total", made) == 1; }));
  function().answer = nullptr;
  mill.write("a");
  ASSERT_TRUE(handled(1));
  EXPECT_EQ(function().handled[0].value, 2);
}

TEST_F(TriggersTest, BisectionFindsTheRecordThatFails) {
  auto mapping = mill.mapping_for();
  mapping.settings.bisect_on_error = true;
  mapping.settings.maximum_retry_attempts = 0;
  const auto made = mill.create(mapping);
  for (int i = 0; i < 8; ++i)
    mill.write("a");
  function().answer = [](const SeenBatch& batch) {
    for (const auto& record : batch) {
      if (record.value == 6) return failed();
    }
    return answered();
  };
  mill.start();
  ASSERT_TRUE(handled(7));
  EXPECT_EQ(values(function().batches),
            (Batches{{1, 2, 3, 4, 5, 6, 7, 8}, {1, 2, 3, 4}, {5, 6, 7, 8}, {5, 6}, {5}, {6}, {7, 8}}));
  EXPECT_EQ(counted("trigger_records_discarded_total", made), 1u);
}

TEST_F(TriggersTest, APartialFailureGoesOnFromTheFirstFailedRecord) {
  auto mapping = mill.mapping_for();
  mapping.settings.report_batch_item_failures = true;
  mapping.settings.maximum_retry_attempts = 1;
  const auto made = mill.create(mapping);
  for (int i = 0; i < 4; ++i)
    mill.write("a");
  function().answer = [](const SeenBatch& batch) {
    for (const auto& record : batch) {
      if (record.value != 3) continue;
      return answered(fmt::format(R"({{"batchItemFailures":[{{"itemIdentifier":"{}"}}]}})",
                                  stream::sequence_text(record.sequence)));
    }
    return answered();
  };
  mill.start();
  ASSERT_TRUE(mill.run_until([&] { return counted("trigger_records_discarded_total", made) > 0; }));
  mill.settle();
  EXPECT_EQ(values(function().batches), (Batches{{1, 2, 3, 4}, {3, 4}}));
  EXPECT_EQ(counted("trigger_records_handled_total", made), 2u);
  EXPECT_EQ(counted("trigger_records_discarded_total", made), 2u);
}

TEST(BatchResponse, EveryShapeOfAnAnswer) {
  const std::vector<store::Sequence> batch = {5, 7, 9};
  const auto item = [](store::Sequence s) {
    return R"({"itemIdentifier":")" + stream::sequence_text(s) + "\"}";
  };
  const auto list = [](const std::string& items) { return R"({"batchItemFailures":[)" + items + "]}"; };
  const std::vector<std::pair<std::string, std::size_t>> table = {
      {"", 3},
      {"null", 3},
      {"{}", 3},
      {"\"done\"", 3},
      {"no json", 3},
      {R"({"batchItemFailures":null})", 3},
      {list(""), 3},
      {list(item(5)), 0},
      {list(item(7)), 1},
      {list(item(9) + "," + item(7)), 1},
      {list(item(8)), 0},
      {list(item(7) + "," + item(8)), 0},
      {list(R"({"itemIdentifier":""})"), 0},
      {list(R"({"itemIdentifier":null})"), 0},
      {list(R"({"itemIdentifer":"x"})"), 0},
      {list(R"({"itemIdentifier":7})"), 0},
      {list("7"), 0},
      {R"({"batchItemFailures":"x"})", 0},
      {R"({"batchItemFailures":{}})", 0},
  };
  for (const auto& [answer, expected] : table)
    EXPECT_EQ(records_dealt_with(answer, batch), expected) << answer;
}

TEST_F(TriggersTest, AThrottledFunctionUsesUpNoAttempts) {
  auto mapping = mill.mapping_for();
  mapping.settings.maximum_retry_attempts = 0;
  mapping.settings.bisect_on_error = true;
  mill.create(mapping);
  mill.write("a");
  mill.write("a");
  int left = 5;
  function().answer = [&left](const SeenBatch&) { return left-- > 0 ? not_run() : answered(); };
  mill.start();
  ASSERT_TRUE(handled(2));
  EXPECT_EQ(function().batches.size(), 6u);
}

TEST_F(TriggersTest, LanesRunAtOnceAndKeepTheOrderOfEachKey) {
  auto mapping = mill.mapping_for();
  mapping.settings.parallelization_factor = 10;
  mapping.settings.batch_size = 2;
  mill.create(mapping);
  for (int i = 0; i < 200; ++i)
    mill.write("key" + std::to_string(i % 50));
  function().duration = milliseconds(10);
  mill.start();
  ASSERT_TRUE(handled(200));
  EXPECT_GT(function().most_running, 20u);
  EXPECT_LE(function().most_running, 40u);  // four shards, ten lanes each
  std::map<std::string, int> last;
  for (const auto& record : function().handled) {
    EXPECT_GT(record.value, last[record.key]);
    last[record.key] = record.value;
  }
}

TEST_F(TriggersTest, OneLanePerShardByDefault) {
  mill.create(mill.mapping_for());
  for (int i = 0; i < 40; ++i)
    mill.write("key" + std::to_string(i));
  function().duration = milliseconds(10);
  mill.start();
  ASSERT_TRUE(handled(40));
  EXPECT_EQ(function().most_running, 4u);
}

TEST_F(TriggersTest, DisablingPausesAndLosesNothing) {
  mill.start();
  const auto mapping = mill.create(mill.mapping_for());
  mill.write("a");
  mill.settle();
  mill.update(mapping.uuid, [](EventSourceMapping& m) { m.enabled = false; });
  mill.settle();
  EXPECT_EQ(mill.find(mapping.uuid).state, MappingState::kDisabled);
  mill.write("a");
  mill.pass(seconds(10));
  EXPECT_EQ(function().handled.size(), 1u);
  mill.update(mapping.uuid, [](EventSourceMapping& m) { m.enabled = true; });
  mill.settle();
  EXPECT_EQ(mill.find(mapping.uuid).state, MappingState::kEnabled);
  EXPECT_EQ(values(function().batches), (Batches{{1}, {2}}));
}

TEST_F(TriggersTest, AnUpdateTakesEffectAfterTheBatchAtWork) {
  mill.start();
  function().duration = seconds(5);
  auto wanted = mill.mapping_for();
  wanted.settings.batch_size = 1;
  const auto mapping = mill.create(wanted);
  for (int i = 0; i < 5; ++i)
    mill.write("a");
  mill.pass(seconds(1));
  mill.update(mapping.uuid, [](EventSourceMapping& m) { m.settings.batch_size = 10; });
  ASSERT_TRUE(handled(5));
  EXPECT_EQ(values(function().batches), (Batches{{1}, {2, 3, 4, 5}}));
  EXPECT_EQ(function().cut, 0u);
}

TEST_F(TriggersTest, DeletingEndsItAndForgetsIt) {
  mill.start();
  const auto mapping = mill.create(mill.mapping_for());
  mill.write("a");
  mill.settle();
  boost::asio::io_context context;
  ASSERT_TRUE(store::run(context, mill.mappings.remove("000000000000", "eu-west-1", mapping.uuid)));
  mill.settle();
  const auto found = store::run(context, mill.mappings.find("000000000000", "eu-west-1", mapping.uuid));
  EXPECT_EQ(found.error().kind, catalog::MappingErrorKind::kNotFound);
  mill.write("a");
  mill.pass(seconds(10));
  EXPECT_EQ(function().handled.size(), 1u);
}

TEST_F(TriggersTest, ARestartGoesOnWhereItWas) {
  mill.create(mill.mapping_for());
  for (int i = 0; i < 5; ++i)
    mill.write("key" + std::to_string(i));
  mill.start();
  ASSERT_TRUE(handled(5));
  mill.stop();
  mill.write("a");
  mill.start();
  ASSERT_TRUE(handled(6));
  mill.settle();
  EXPECT_EQ(function().handled.size(), 6u);
}

TEST_F(TriggersTest, StoppingWaitsForTheBatchAtWorkWithinPatience) {
  mill.create(mill.mapping_for());
  mill.write("a");
  function().duration = seconds(5);
  mill.start();
  mill.pass(seconds(1));
  mill.stop(seconds(10));
  EXPECT_EQ(function().handled.size(), 1u);
  mill.start();
  mill.pass(seconds(60));
  EXPECT_EQ(function().batches.size(), 1u);
}

TEST_F(TriggersTest, WhatIsCutIsRepeated) {
  mill.create(mill.mapping_for());
  mill.write("a");
  function().duration = std::chrono::minutes(10);
  mill.start();
  mill.pass(seconds(1));
  const auto before = mill.clock.steady_now();
  mill.stop(seconds(2));
  EXPECT_LT(mill.clock.steady_now() - before, seconds(3));
  EXPECT_EQ(function().cut, 1u);
  function().duration = seconds(1);
  mill.start();
  ASSERT_TRUE(handled(1));
  EXPECT_EQ(values(function().batches), (Batches{{1}, {1}}));
}

TEST_F(TriggersTest, AClosedStreamIsConsumedToItsEnd) {
  mill.create(mill.mapping_for());
  for (int i = 0; i < 10; ++i)
    mill.write("key" + std::to_string(i));
  mill.write_in_batch([&](store::Batch& batch) { stream::close(batch, mill.handle, mill.clock.now()); });
  function().duration = seconds(1);
  mill.start();
  ASSERT_TRUE(handled(10));
  mill.pass(seconds(10));
  EXPECT_EQ(function().handled.size(), 10u);
}

TEST_F(TriggersTest, AMissingStreamIsAProblemAndNoMore) {
  mill.start();
  auto mapping = mill.mapping_for();
  mapping.event_source_arn =
      "arn:aws:dynamodb:eu-west-1:000000000000:table/None/stream/2026-01-01T00:00:00.000";
  const auto made = mill.create(mapping);
  EXPECT_EQ(mill.find(made.uuid).state, MappingState::kEnabled);
  EXPECT_EQ(mill.find(made.uuid).last_processing_result, "PROBLEM: The event source does not exist");
}

}  // namespace
}  // namespace millrace::triggers
