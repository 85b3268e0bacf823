#include <gtest/gtest.h>

#include "base/encoding.h"
#include "services/lambda/async_invocations.h"
#include "services/lambda/destinations.h"
#include "services/lambda/lambda_testing.h"
#include "services/lambda/operations.h"
#include "services/lambda/recursion.h"
#include "store/run_testing.h"

namespace millrace::lambda {
namespace {

using namespace std::chrono_literals;
using store::run;

class InvokeTest : public testing::Test {
 protected:
  InvokeTest() { world.make_function("f"); }
  Answer<InvokeOutput> call(InvokeInput input) {
    const wire::RequestContext context = world.context("Invoke");
    input.function_name = "f";
    return run(invoke(*world.service, context, std::move(input)));
  }
  LambdaForTests world;
};

TEST_F(InvokeTest, TheEventGoesInAndTheAnswerComesOut) {
  world.invoker.chunks = {R"({"a":)", "1}"};
  InvokeInput input;
  input.payload = R"({"event":true})";
  auto answer = call(input);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status_code, 200);
  EXPECT_EQ(answer->payload, R"({"a":1})");
  EXPECT_EQ(answer->executed_version, "$LATEST");
  EXPECT_FALSE(answer->function_error);
  ASSERT_EQ(world.invoker.seen.size(), 1u);
  EXPECT_EQ(world.invoker.seen[0].payload, R"({"event":true})");
  EXPECT_EQ(world.invoker.seen[0].function->code_sha256.size(), 64u);
}

TEST_F(InvokeTest, WithoutAPayloadTheEventIsEmpty) {
  ASSERT_TRUE(call({}));
  EXPECT_EQ(world.invoker.seen[0].payload, "{}");
}

TEST_F(InvokeTest, FailuresAreInTheAnswer) {
  world.invoker.outcome.failure = runtime::InvokeFailure::kHandled;
  world.invoker.outcome.error_json = R"({"errorType":"Error","errorMessage":"no"})";
  world.invoker.outcome.log_tail = "the log";
  world.invoker.chunks.clear();
  InvokeInput input;
  input.log_type = "Tail";
  auto answer = call(input);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status_code, 200);
  EXPECT_EQ(answer->function_error, "Unhandled");
  EXPECT_EQ(answer->payload, world.invoker.outcome.error_json);
  EXPECT_EQ(answer->log_result, base::base64_encode("the log"));
}

TEST_F(InvokeTest, Limits) {
  InvokeInput input;
  input.payload = "nonsense";
  EXPECT_EQ(call(input).error().code, "InvalidRequestContentException");
  input.payload = '"' + std::string(6'291'455, 'x') + '"';
  EXPECT_EQ(call(input).error().code, "RequestTooLargeException");
  EXPECT_EQ(call(input).error().status, 413);
  world.invoker.chunks = {'"' + std::string(6'291'555, 'x') + '"'};
  auto answer = call({});
  EXPECT_EQ(answer->function_error, "Unhandled");
  EXPECT_NE(answer->payload->find("Function.ResponseSizeTooLarge"), std::string::npos);
}

TEST_F(InvokeTest, DryRunDoesNotRun) {
  InvokeInput input;
  input.invocation_type = "DryRun";
  EXPECT_EQ(call(input)->status_code, 204);
  EXPECT_TRUE(world.invoker.seen.empty());
}

// Runs the consumer until the fake invoker saw `count` invocations and the queue is empty.
base::Task<bool> drain(AsyncInvocations& queue, FakeInvoker& invoker, catalog::Catalog& catalog,
                       std::size_t count) {
  const auto executor = co_await boost::asio::this_coro::executor;
  bool ended = false;
  boost::asio::co_spawn(executor, queue.run(), [&ended](std::exception_ptr) { ended = true; });
  std::unique_ptr<base::Clock> clock = base::make_system_clock();
  for (int i = 0; i < 5000; ++i) {
    catalog::ListRequest request;
    request.kind = "lambda.event";
    auto page = co_await catalog.list(std::move(request));
    if (invoker.seen.size() >= count && page->resources.empty()) break;
    co_await clock->sleep_for(1ms);
  }
  queue.stop();
  while (!ended)
    co_await clock->sleep_for(1ms);
  co_return invoker.seen.size() == count;
}

TEST_F(InvokeTest, EventsAreKeptAndRetriedTwice) {
  AsyncOptions options;
  options.first_retry = options.second_retry = 1ms;
  options.look_again = 1ms;
  InvokeInput input;
  input.invocation_type = "Event";
  input.payload = R"({"n":1})";
  {
    AsyncInvocations queue(*world.service, options);
    world.service->set_async(&queue);
    EXPECT_EQ(call(input)->status_code, 202);
    EXPECT_TRUE(world.invoker.seen.empty()) << "accepted, not yet run";
  }
  // Another consumer, as after a restart, finds it.
  AsyncInvocations queue(*world.service, options);
  world.invoker.fail_first = 2;
  EXPECT_TRUE(run(drain(queue, world.invoker, world.catalog, 3)));
  for (const runtime::Invocation& seen : world.invoker.seen) {
    EXPECT_EQ(seen.payload, R"({"n":1})");
    EXPECT_EQ(seen.request_id, world.context().request_id);
  }
}

TEST_F(InvokeTest, AnEventThatAlwaysFailsIsGivenUp) {
  AsyncOptions options;
  options.first_retry = options.second_retry = options.look_again = 1ms;
  AsyncInvocations queue(*world.service, options);
  world.service->set_async(&queue);
  world.invoker.fail_first = 100;
  InvokeInput input;
  input.invocation_type = "Event";
  EXPECT_EQ(call(input)->status_code, 202);
  EXPECT_TRUE(run(drain(queue, world.invoker, world.catalog, 3)));
}

// What a destination function is sent: {condition, invoke count, request, response} of the document.
TEST_F(InvokeTest, DestinationsGetTheOutcome) {
  struct Case {
    int failures;
    std::int32_t retries;
    std::int32_t age;
    std::string document;  // within it
    std::string wanted;
  };
  const std::string success = "arn:aws:lambda:us-east-1:000000000000:function:won";
  const std::string failure = "arn:aws:lambda:us-east-1:000000000000:function:lost";
  const std::vector<Case> cases{
      {0, 2, 21600,
       R"("condition":"Success","approximateInvokeCount":1},"requestPayload":{"n":1},"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":null})",
       success},
      {2, 1, 21600,
       R"("condition":"RetriesExhausted","approximateInvokeCount":2},"requestPayload":{"n":1},"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"responsePayload":)",
       failure},
      {1, 2, 0, R"("condition":"EventAgeExceeded","approximateInvokeCount":1})", failure},
  };
  world.make_function("won");
  world.make_function("lost");
  for (const Case& c : cases) {
    AsyncOptions options;
    options.first_retry = options.second_retry = options.look_again = 1ms;
    AsyncInvocations queue(*world.service, options);
    world.service->set_async(&queue);
    auto edit = [&](FunctionRecord& record) -> std::optional<wire::ServiceError> {
      record.event_invoke = EventInvokeSettings{{}, c.retries, c.age, success, failure};
      return std::nullopt;
    };
    ASSERT_TRUE(run(world.service->change({"000000000000", "us-east-1", "f", ""}, edit)));
    InvokeInput input;
    input.invocation_type = "Event";
    input.payload = R"({"n":1})";
    EXPECT_EQ(call(input)->status_code, 202);
    world.invoker.seen.clear();
    world.invoker.fail_first = c.failures;
    const std::size_t own = static_cast<std::size_t>(c.failures) + (c.failures == 0 ? 1 : 0);
    EXPECT_TRUE(run(drain(queue, world.invoker, world.catalog, own + 1)));
    const runtime::Invocation& told = world.invoker.seen.back();
    EXPECT_EQ(told.function->arn, c.wanted);
    EXPECT_NE(told.payload.find(c.document), std::string::npos) << told.payload;
    EXPECT_NE(
        told.payload.find(R"("functionArn":"arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST")"),
        std::string::npos);
    EXPECT_NE(told.request_id, world.context().request_id);
  }
}

TEST(Recursion, ALineageCountsEachFunction) {
  auto random = base::make_seeded_random(5);
  const base::WallTime now{std::chrono::seconds(1'800'000'000)};
  Lineage a = extend_lineage("", "arn:a", now, *random);
  EXPECT_EQ(a.count, 1);
  EXPECT_TRUE(a.header.starts_with("Root=1-6b49d200-")) << a.header;
  Lineage b = extend_lineage(a.header, "arn:b", now, *random);
  EXPECT_EQ(b.count, 1);
  Lineage again = extend_lineage(b.header, "arn:a", now, *random);
  EXPECT_EQ(again.count, 2);
  EXPECT_EQ(again.header.substr(0, 35), a.header.substr(0, 35)) << "the same trace";
  EXPECT_EQ(extend_lineage("Root=1-x;Lineage=nonsense|:|a:b:c;Parent=p", "arn:a", now, *random).count, 1);
}

TEST_F(InvokeTest, ALoopOfDestinationsIsStopped) {
  AsyncOptions options;
  options.look_again = 1ms;
  AsyncInvocations queue(*world.service, options);
  world.service->set_async(&queue);
  const std::string itself = "arn:aws:lambda:us-east-1:000000000000:function:f";
  auto edit = [&](FunctionRecord& record) -> std::optional<wire::ServiceError> {
    record.event_invoke = EventInvokeSettings{{}, 0, 21600, itself, itself};
    return std::nullopt;
  };
  ASSERT_TRUE(run(world.service->change({"000000000000", "us-east-1", "f", ""}, edit)));
  InvokeInput input;
  input.invocation_type = "Event";
  EXPECT_EQ(call(input)->status_code, 202);
  EXPECT_TRUE(run(drain(queue, world.invoker, world.catalog, 16))) << world.invoker.seen.size();
}

TEST_F(InvokeTest, AFailedEventIsWrittenToItsBucket) {
  ASSERT_TRUE(run(world.objects.create_bucket("failed")));
  AsyncOptions options;
  options.look_again = 1ms;
  AsyncInvocations queue(*world.service, options);
  world.service->set_async(&queue);
  auto edit = [](FunctionRecord& record) -> std::optional<wire::ServiceError> {
    record.event_invoke = EventInvokeSettings{{}, 0, 21600, "", "arn:aws:s3:::failed"};
    return std::nullopt;
  };
  ASSERT_TRUE(run(world.service->change({"000000000000", "us-east-1", "f", ""}, edit)));
  world.invoker.fail_first = 1;
  InvokeInput input;
  input.invocation_type = "Event";
  input.payload = R"({"n":1})";
  EXPECT_EQ(call(input)->status_code, 202);
  EXPECT_TRUE(run(drain(queue, world.invoker, world.catalog, 1)));
  auto page = run(world.objects.list({"failed"}));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->objects.size(), 1u);
  EXPECT_TRUE(page->objects[0].key.starts_with("aws/lambda/async/f/")) << page->objects[0].key;
  auto reader = run(world.objects.get("failed", page->objects[0].key));
  ASSERT_TRUE(reader);
  auto document = run((*reader)->read(0, 10000));
  ASSERT_TRUE(document);
  EXPECT_NE(document->find(R"("condition":"RetriesExhausted")"), std::string::npos) << *document;
  EXPECT_NE(document->find(R"("requestPayload":{"n":1})"), std::string::npos) << *document;
}

TEST(Destinations, WhatCanBeHad) {
  struct Case {
    std::string arn;
    std::string refusal;  // empty: taken
  };
  for (const Case& c : std::vector<Case>{
           {"", ""},
           {"arn:aws:lambda:us-east-1:000000000000:function:f", ""},
           {"arn:aws:lambda:us-east-1:000000000000:function:f:alias", ""},
           {"arn:aws:lambda:us-east-1:000000000000:layer:f", "is invalid"},
           {"arn:aws:sqs:us-east-1:000000000000:q", "does not serve SQS yet"},
           {"arn:aws:sns:us-east-1:000000000000:t", "does not serve SNS yet"},
           {"arn:aws:s3:::bucket", "of failures only"},
           {"arn:aws:events:us-east-1:000000000000:event-bus/b", "does not serve EventBridge yet"},
           {"nonsense", "is invalid"}}) {
    const auto refusal = refuse_destination(c.arn, Outcome::kSuccess);
    ASSERT_EQ(refusal.has_value(), !c.refusal.empty()) << c.arn;
    if (!refusal) continue;
    EXPECT_NE(refusal->message.find(c.refusal), std::string::npos) << refusal->message;
  }
  EXPECT_FALSE(refuse_destination("arn:aws:s3:::bucket", Outcome::kFailure));
  EXPECT_FALSE(refuse_stream_destination("arn:aws:s3:::failed-batches"));
  EXPECT_TRUE(refuse_stream_destination("arn:aws:s3:::../up"));
  EXPECT_NE(refuse_stream_destination("arn:aws:sqs:r:1:q")->message.find("does not serve SQS"),
            std::string::npos);
  EXPECT_NE(refuse_stream_destination("arn:aws:lambda:r:1:function:f")->message.find("invalid"),
            std::string::npos);
}

TEST_F(InvokeTest, AnEventThatCannotBeKeptIsNotAccepted) {
  AsyncInvocations queue(*world.service);
  world.service->set_async(&queue);
  world.store->fail_writes(true);
  InvokeInput input;
  input.invocation_type = "Event";
  EXPECT_EQ(call(input).error().code, "ServiceException");
}

}  // namespace
}  // namespace millrace::lambda
