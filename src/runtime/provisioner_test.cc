// Sandboxes that are there before they are asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/runtime_testing.h"

namespace millrace::runtime {
namespace {

using ::testing::HasSubstr;
using testing::Reply;
using testing::TestRuntime;

class ProvisionerTest : public ::testing::Test {
 protected:
  // Until it is so; fails after half a minute.
  void wait_for(const FunctionPtr& function, std::uint32_t allocated, bool failed = false) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    for (;;) {
      const ProvisionState state = runtime.runtime().provisioned(function->arn);
      if (state.allocated == allocated && state.failed == failed) return;
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "allocated " << state.allocated;
      runtime.wait(tick());
    }
  }
  base::Task<> tick() { co_await clock->sleep_for(std::chrono::milliseconds(5)); }
  FunctionPtr function() {
    return runtime.js(
        "const type = process.env.AWS_LAMBDA_INITIALIZATION_TYPE; console.log('loads');"
        "exports.handler = async (event) => { if (event.die) process.exit(1); return type }");
  }
  TestRuntime runtime;
  std::unique_ptr<base::Clock> clock = base::make_system_clock();
};

TEST_F(ProvisionerTest, AreLoadedBeforeTheFirstEvent) {
  const FunctionPtr warm = function();
  runtime.runtime().provision({{warm, 2}});
  wait_for(warm, 2);
  EXPECT_EQ(runtime.runtime().provisioned(warm->arn).available, 2u);
  const std::size_t before = runtime.logs().size();
  const Reply reply = runtime.invoke(warm);
  EXPECT_EQ(reply.body, R"("provisioned-concurrency")");
  EXPECT_EQ(reply.outcome.init_duration.count(), 0);
  const auto logs = runtime.logs();
  for (std::size_t i = before; i < logs.size(); ++i)
    EXPECT_THAT(logs[i].message, ::testing::Not(HasSubstr("loads")));
}

TEST_F(ProvisionerTest, WhatIsLostIsMadeAnew) {
  const FunctionPtr warm = function();
  runtime.runtime().provision({{warm, 1}});
  wait_for(warm, 1);
  EXPECT_EQ(runtime.invoke(warm, R"({"die":true})").outcome.failure, InvokeFailure::kCrashed);
  EXPECT_EQ(runtime.runtime().provisioned(warm->arn).allocated, 0u);
  wait_for(warm, 1);
  runtime.runtime().provision({});
  EXPECT_EQ(runtime.runtime().provisioned(warm->arn).allocated, 0u);
  EXPECT_EQ(runtime.invoke(warm).body, R"("on-demand")") << "the provisioned one is gone";
}

TEST_F(ProvisionerTest, HandlersThatDoNotLoadAreToldOf) {
  const FunctionPtr broken = runtime.js("throw new Error('not today')");
  runtime.runtime().provision({{broken, 1}});
  wait_for(broken, 0, true);
  EXPECT_THAT(runtime.log_text(), HasSubstr("not today"));
}

}  // namespace
}  // namespace millrace::runtime
