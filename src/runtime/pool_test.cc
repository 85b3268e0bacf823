// How many processes there are, and which one runs what.
#include "runtime/pool.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/runtime_testing.h"

namespace millrace::runtime {
namespace {

using testing::Reply;
using testing::TestRuntime;

std::uint64_t started(TestRuntime& runtime) {
  return runtime.metrics().counter("sandboxes_started_total", "", "Sandbox processes started").value();
}

const std::string kProcess = "const token = Math.random(); exports.handler = async () => token";

TEST(Pool, ProcessesStartedAheadTakeOnAnyFunctionOfTheirSize) {
  TestRuntime runtime([](RuntimeOptions& options) { options.prestarted = 1; });
  const auto one = runtime.js("exports.handler = async (e, c) => process.env.MINE + c.functionName",
                              [](FunctionSpec& spec) {
                                spec.environment = {{"MINE", "env of "}};
                              });
  runtime.runtime().prepare(one);
  runtime.runtime().prepare(one);
  EXPECT_EQ(started(runtime), 1u) << "one is kept ready";
  EXPECT_EQ(runtime.invoke(one).body, "\"env of test\"");
  EXPECT_EQ(started(runtime), 2u) << "it was used, and another one started in its place";
  const auto two = runtime.js(kProcess);
  EXPECT_EQ(runtime.invoke(two).outcome.failure, InvokeFailure::kNone);
  EXPECT_EQ(started(runtime), 3u);
  const auto larger = runtime.js(kProcess, [](FunctionSpec& spec) { spec.memory_mb = 256; });
  runtime.invoke(larger);
  EXPECT_EQ(started(runtime), 5u) << "another heap limit: a new process, and one ahead of the next";
}

TEST(Pool, ARevisionHasItsOwnProcesses) {
  TestRuntime runtime;
  const auto old = runtime.js(kProcess);
  const std::string first = runtime.invoke(old).body;
  EXPECT_EQ(runtime.invoke(old).body, first);
  const auto changed = runtime.js(kProcess);
  EXPECT_NE(runtime.invoke(changed).body, first);
  EXPECT_EQ(runtime.invoke(old).body, first) << "events of the old revision may still come";
  runtime.runtime().retire(old->arn);
  EXPECT_NE(runtime.invoke(old).body, first);
}

TEST(Pool, IdleProcessesGiveWayAndBusyOnesAreWaitedFor) {
  TestRuntime runtime([](RuntimeOptions& options) { options.sandboxes = 1; });
  const auto a = runtime.js(kProcess);
  const auto b = runtime.js(kProcess);
  const std::string first = runtime.invoke(a).body;
  EXPECT_EQ(runtime.invoke(a).body, first);
  EXPECT_EQ(runtime.invoke(b).outcome.failure, InvokeFailure::kNone);
  EXPECT_NE(runtime.invoke(a).body, first) << "it had to go for b";

  // One process, three events at once, of two functions.
  const auto slow = runtime.js(
      "exports.handler = async () => { await new Promise((r) => setTimeout(r, 50)); return process.pid }");
  std::vector<Reply> replies(3);
  std::vector<std::unique_ptr<testing::RecordingSink>> sinks;
  std::vector<std::future<InvokeOutcome>> outcomes;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    sinks.push_back(std::make_unique<testing::RecordingSink>(replies[i]));
    outcomes.push_back(boost::asio::co_spawn(runtime.context(i % 2),
                                             runtime.start(runtime.invocation(i == 1 ? b : slow), *sinks[i]),
                                             boost::asio::use_future));
  }
  for (auto& outcome : outcomes)
    EXPECT_EQ(outcome.get().failure, InvokeFailure::kNone);
}

TEST(Pool, ACrowdOfColdStartsIsAnswered) {
  TestRuntime runtime;
  const auto function =
      runtime.js("exports.handler = async () => { await new Promise((r) => setTimeout(r, 5)) }");
  std::vector<Reply> replies(40);
  std::vector<std::unique_ptr<testing::RecordingSink>> sinks;
  std::vector<std::future<InvokeOutcome>> outcomes;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    sinks.push_back(std::make_unique<testing::RecordingSink>(replies[i]));
    outcomes.push_back(boost::asio::co_spawn(runtime.context(i % 2),
                                             runtime.start(runtime.invocation(function), *sinks[i]),
                                             boost::asio::use_future));
  }
  for (auto& outcome : outcomes)
    EXPECT_EQ(outcome.get().failure, InvokeFailure::kNone);
  EXPECT_LT(started(runtime), 40u) << "those that waited for their turn took what became free";
}

TEST(Pool, ConcurrencyBeyondTheLimitIsThrottled) {
  TestRuntime runtime([](RuntimeOptions& options) { options.concurrency = 1; });
  const auto function = runtime.js(
      "exports.handler = async () => { console.log('running'); await new Promise((r) => setTimeout(r, 300)) "
      "}");
  Reply first;
  testing::RecordingSink sink(first);
  auto running = boost::asio::co_spawn(runtime.context(0), runtime.start(runtime.invocation(function), sink),
                                       boost::asio::use_future);
  runtime.wait_for_log("running");
  const Reply second = runtime.invoke(function);
  EXPECT_EQ(second.outcome.failure, InvokeFailure::kThrottled);
  EXPECT_EQ(second.outcome.error_json,
            R"({"errorType":"TooManyRequestsException","errorMessage":"Rate Exceeded."})");
  EXPECT_EQ(running.get().failure, InvokeFailure::kNone);
}

TEST(Pool, AProcessThatDiesIdleIsNotUsedAgain) {
  TestRuntime runtime;
  const auto function = runtime.js(
      "const token = Math.random();"
      "exports.handler = async (e) => { if (e.die) setTimeout(() => process.exit(1), 5); return token }");
  const std::string first = runtime.invoke(function, R"({"die":true})").body;
  while (runtime.metrics().gauge("sandboxes", "", "Sandbox processes alive").value() > 0)
    std::this_thread::yield();
  EXPECT_NE(runtime.invoke(function).body, first);
}

}  // namespace
}  // namespace millrace::runtime
