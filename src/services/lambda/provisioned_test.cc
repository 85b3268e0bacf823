// Provisioned concurrency, layer permissions and the small configurations: what is kept, what is refused.
#include "services/lambda/provisioned.h"

#include <gtest/gtest.h>

#include "services/lambda/lambda_testing.h"
#include "services/lambda/operations.h"
#include "store/run_testing.h"

namespace millrace::lambda {
namespace {

using store::run;

class ProvisionedTest : public testing::Test {
 protected:
  ProvisionedTest() {
    world.make_function("f");
    PublishVersionInput publish;
    publish.function_name = "f";
    EXPECT_TRUE(call(publish_version, publish));
  }
  template <class Output, class Input>
  Answer<Output> call(base::Task<Answer<Output>> (*operation)(Lambda&, const wire::RequestContext&, Input),
                      Input input) {
    const wire::RequestContext context = world.context();
    return run(operation(*world.service, context, std::move(input)));
  }
  std::string put(const std::string& qualifier, std::int32_t count) {
    PutProvisionedConcurrencyConfigInput input;
    input.function_name = "f";
    input.qualifier = qualifier;
    input.provisioned_concurrent_executions = count;
    const auto answer = call(put_provisioned_concurrency_config, input);
    return answer ? *answer->status : answer.error().code + ": " + answer.error().message;
  }
  std::string status() {
    GetProvisionedConcurrencyConfigInput input;
    input.function_name = "f";
    input.qualifier = "1";
    const auto answer = call(get_provisioned_concurrency_config, input);
    if (!answer) return answer.error().code;
    return *answer->status + " " + std::to_string(*answer->allocated_provisioned_concurrent_executions) +
           " " + std::to_string(*answer->available_provisioned_concurrent_executions);
  }
  void make_alias() {
    CreateAliasInput alias;
    alias.function_name = "f";
    alias.name = "live";
    alias.function_version = "1";
    ASSERT_TRUE(call(create_alias, alias));
  }
  LambdaForTests world;
};

TEST_F(ProvisionedTest, TheRuntimeIsToldAndItsStateShown) {
  EXPECT_EQ(status(), "ProvisionedConcurrencyConfigNotFoundException");
  EXPECT_EQ(put("1", 3), "IN_PROGRESS");
  ASSERT_EQ(world.invoker.provisions.size(), 1u);
  EXPECT_EQ(world.invoker.provisions[0].count, 3u);
  EXPECT_EQ(world.invoker.provisions[0].function->arn, "arn:aws:lambda:us-east-1:000000000000:function:f:1");
  world.invoker.state = {2, 1, false};
  EXPECT_EQ(status(), "IN_PROGRESS 2 1");
  world.invoker.state = {3, 3, false};
  EXPECT_EQ(status(), "READY 3 3");
  world.invoker.state = {0, 0, true};
  EXPECT_EQ(status(), "FAILED 0 0");
  ListProvisionedConcurrencyConfigsInput list;
  list.function_name = "f";
  EXPECT_EQ(call(list_provisioned_concurrency_configs, list)->provisioned_concurrency_configs->size(), 1u);
  DeleteProvisionedConcurrencyConfigInput remove;
  remove.function_name = "f";
  remove.qualifier = "1";
  ASSERT_TRUE(call(delete_provisioned_concurrency_config, remove));
  EXPECT_TRUE(world.invoker.provisions.empty());
  EXPECT_EQ(status(), "ProvisionedConcurrencyConfigNotFoundException");
}

TEST_F(ProvisionedTest, ItGoesWithItsFunction) {
  EXPECT_EQ(put("1", 1), "IN_PROGRESS");
  DeleteFunctionInput remove;
  remove.function_name = "f";
  ASSERT_TRUE(call(delete_function, remove));
  EXPECT_TRUE(world.invoker.provisions.empty());
}

TEST_F(ProvisionedTest, WhatIsRefused) {
  EXPECT_EQ(put("$LATEST", 1),
            "InvalidParameterValueException: Provisioned Concurrency Configs cannot be applied to "
            "unpublished function versions.");
  EXPECT_EQ(
      put("7", 1),
      "ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:7");
  EXPECT_EQ(put("none", 1),
            "ResourceNotFoundException: Cannot find alias arn: "
            "arn:aws:lambda:us-east-1:000000000000:function:f:none");
  EXPECT_EQ(put("1", 900), "IN_PROGRESS");
  EXPECT_EQ(put("1", 901),
            "InvalidParameterValueException: Specified ConcurrentExecutions for function decreases account's "
            "UnreservedConcurrentExecution below its minimum value of [100].");
  PutFunctionConcurrencyInput reserve;
  reserve.function_name = "f";
  reserve.reserved_concurrent_executions = 5;
  ASSERT_TRUE(call(put_function_concurrency, reserve));
  EXPECT_EQ(put("1", 6),
            "InvalidParameterValueException: Specified ConcurrentExecutions for function is greater than "
            "function's reserved "
            "concurrency");
  EXPECT_EQ(put("1", 5), "IN_PROGRESS");
  make_alias();
  EXPECT_EQ(put("live", 1),
            "ResourceConflictException: Alias can't be used for Provisioned Concurrency configuration on an "
            "already "
            "Provisioned version");
}

TEST_F(ProvisionedTest, RuntimeManagementIsKept) {
  GetRuntimeManagementConfigInput get;
  get.function_name = "f";
  EXPECT_EQ(call(get_runtime_management_config, get)->update_runtime_on, "Auto");
  PutRuntimeManagementConfigInput put;
  put.function_name = "f";
  put.update_runtime_on = "Manual";
  EXPECT_EQ(call(put_runtime_management_config, put).error().code, "InvalidParameterValueException");
  put.update_runtime_on = "FunctionUpdate";
  ASSERT_TRUE(call(put_runtime_management_config, put));
  EXPECT_EQ(call(get_runtime_management_config, get)->update_runtime_on, "FunctionUpdate");
}

}  // namespace
}  // namespace millrace::lambda
