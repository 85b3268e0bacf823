// What a destination is told when a mapping gives up.
#include "triggers/failure_destination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/run_testing.h"
#include "store/temp_folder_testing.h"
#include "triggers/mill_testing.h"

namespace millrace::triggers {
namespace {

using testing::HasSubstr;

class FailureDestinationTest : public testing::Test {
 protected:
  catalog::EventSourceMapping create(std::int32_t attempts) {
    auto mapping = mill.mapping_for();
    mapping.settings.maximum_retry_attempts = attempts;
    mapping.settings.on_failure_destination = "arn:aws:s3:::failed";
    return mill.create(mapping);
  }
  Mill mill;
};

TEST_F(FailureDestinationTest, IsToldWhatWasGivenUpAndWhy) {
  create(1);
  mill.write("a");
  mill.write("a");
  mill.function.answer = [](const SeenBatch&) { return failed(); };
  mill.start();
  ASSERT_TRUE(mill.run_until([&] { return !mill.failures.documents.empty(); }));
  const std::string& document = mill.failures.documents.at(0);
  EXPECT_THAT(document, HasSubstr(R"("condition":"RetryAttemptsExhausted","approximateInvokeCount":2})"));
  EXPECT_THAT(document, HasSubstr(R"("requestId":"request-2")"));
  EXPECT_THAT(
      document,
      HasSubstr(
          R"("responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"})"));
  EXPECT_THAT(document, HasSubstr(R"("batchSize":2)"));
  EXPECT_THAT(document, HasSubstr(R"("payload":"{\"Records\":[{)"));
  mill.function.answer = nullptr;
  mill.write("a");
  ASSERT_TRUE(mill.run_until([&] { return mill.function.handled.size() == 1; }));
  EXPECT_EQ(mill.failures.documents.size(), 1u);
}

TEST_F(FailureDestinationTest, OfBisectedBatchesOnlyTheRestIsTold) {
  auto mapping = mill.mapping_for();
  mapping.settings.maximum_retry_attempts = 0;
  mapping.settings.bisect_on_error = true;
  mapping.settings.on_failure_destination = "arn:aws:s3:::failed";
  mill.create(mapping);
  for (int i = 0; i < 4; ++i)
    mill.write("a");
  mill.function.answer = [](const SeenBatch& batch) {
    return std::ranges::any_of(batch, [](const SeenRecord& r) { return r.value == 3; }) ? failed()
                                                                                        : answered();
  };
  mill.start();
  ASSERT_TRUE(mill.run_until([&] { return mill.function.handled.size() == 3; }));
  ASSERT_EQ(mill.failures.documents.size(), 1u);
  EXPECT_THAT(mill.failures.documents[0], HasSubstr(R"("batchSize":1)"));
}

TEST_F(FailureDestinationTest, IsTriedAgainBeforeThePositionMoves) {
  create(0);
  mill.failures.refuse = 2;
  mill.write("a");
  mill.function.answer = [](const SeenBatch&) { return failed(); };
  mill.start();
  ASSERT_TRUE(mill.run_until([&] { return !mill.failures.documents.empty(); }));
}

// Stopped while the destination is out of reach: after the start it is told.
TEST_F(FailureDestinationTest, IsToldAfterARestart) {
  create(0);
  mill.failures.refuse = 1000;
  mill.write("a");
  mill.function.answer = [](const SeenBatch&) { return failed(); };
  mill.start();
  mill.settle();
  EXPECT_LT(mill.failures.refuse, 1000u);
  mill.stop();
  mill.failures.refuse = 0;
  mill.start();
  ASSERT_TRUE(mill.run_until([&] { return !mill.failures.documents.empty(); }));
}

TEST_F(FailureDestinationTest, OneThatIsNeverThereDoesNotHoldTheShard) {
  create(0);
  mill.failures.refuse = 1000;
  mill.write("a");
  mill.function.answer = [](const SeenBatch& batch) { return batch[0].value == 1 ? failed() : answered(); };
  mill.start();
  mill.write("a");
  ASSERT_TRUE(mill.run_until([&] { return mill.function.handled.size() == 1; }));
}

TEST(BucketDestinationTest, WritesAnObjectUnderAwssKey) {
  const store::TempFolder folder;
  const auto store = store::make_memory_store();
  FakeClock clock;
  const auto random = base::make_seeded_random(1);
  object::Objects objects(folder.path(), *store, clock);
  ASSERT_TRUE(store::run(objects.create_bucket("failed")));
  BucketDestination destination(objects, clock, *random);
  catalog::EventSourceMapping mapping;
  mapping.uuid = "the-mapping";
  mapping.settings.on_failure_destination = "arn:aws:s3:::failed";
  const auto given_up = [&mapping] {
    return GivenUp{mapping, "RecordAgeExceeded", 0, "", "shardId-1", "1", "2", {}, {},
                   2,       R"({"Records":[]})"};
  };
  EXPECT_TRUE(store::run(destination.tell(given_up())));
  auto page = store::run(objects.list({"failed"}));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->objects.size(), 1u);
  EXPECT_THAT(page->objects[0].key,
              testing::MatchesRegex(
                  "aws/lambda/the-mapping/shardId-1/2026/11/21/2026-11-21T00\\.00\\.00-[0-9a-f-]+"));
  mapping.settings.on_failure_destination = "arn:aws:s3:::elsewhere";
  EXPECT_FALSE(store::run(destination.tell(given_up())));
  store->stop();
}

}  // namespace
}  // namespace millrace::triggers
