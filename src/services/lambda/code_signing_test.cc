// Code signing configurations and tags: what is kept, what is refused, what hangs on what.
#include "services/lambda/code_signing.h"

#include <gtest/gtest.h>

#include "services/lambda/lambda_testing.h"
#include "services/lambda/operations.h"
#include "store/run_testing.h"

namespace millrace::lambda {
namespace {

using store::run;
constexpr const char* kNobody =
    "arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-00000000000000000";

class CodeSigningTest : public testing::Test {
 protected:
  CodeSigningTest() { world.make_function("f"); }
  template <class Output, class Input>
  Answer<Output> call(base::Task<Answer<Output>> (*operation)(Lambda&, const wire::RequestContext&, Input),
                      Input input) {
    const wire::RequestContext context = world.context();
    return run(operation(*world.service, context, std::move(input)));
  }
  std::string create(const std::string& description = "d") {
    CreateCodeSigningConfigInput input;
    input.description = description;
    input.allowed_publishers.signing_profile_version_arns = {
        "arn:aws:signer:us-east-1:1:/signing-profiles/p/v"};
    input.tags = TextMap{{"k", "v"}};
    return call(create_code_signing_config, input)->code_signing_config.code_signing_config_arn;
  }
  std::string attach(const std::string& arn, const std::string& function = "f") {
    PutFunctionCodeSigningConfigInput input;
    input.function_name = function;
    input.code_signing_config_arn = arn;
    const auto answer = call(put_function_code_signing_config, input);
    return answer ? answer->code_signing_config_arn : answer.error().code;
  }
  std::string attached() {
    GetFunctionCodeSigningConfigInput input;
    input.function_name = "f";
    const auto answer = call(get_function_code_signing_config, input);
    return answer ? answer->code_signing_config_arn.value_or("none") : answer.error().code;
  }
  std::string remove(const std::string& arn) {
    DeleteCodeSigningConfigInput input;
    input.code_signing_config_arn = arn;
    const auto answer = call(delete_code_signing_config, input);
    return answer ? "" : answer.error().code;
  }
  LambdaForTests world;
};

TEST_F(CodeSigningTest, MadeChangedListedDeleted) {
  const std::string arn = create();
  EXPECT_TRUE(arn.starts_with("arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-")) << arn;
  UpdateCodeSigningConfigInput update;
  update.code_signing_config_arn = arn;
  update.code_signing_policies.emplace().untrusted_artifact_on_deployment = "Enforce";
  ASSERT_TRUE(call(update_code_signing_config, update));
  GetCodeSigningConfigInput get;
  get.code_signing_config_arn = arn;
  const CodeSigningConfig got = call(get_code_signing_config, get)->code_signing_config;
  EXPECT_EQ(got.description, "d");
  EXPECT_EQ(got.code_signing_policies.untrusted_artifact_on_deployment, "Enforce");
  EXPECT_EQ(got.allowed_publishers.signing_profile_version_arns.size(), 1u);
  EXPECT_EQ(arn.substr(arn.rfind(':') + 1), got.code_signing_config_id);

  create("other");
  ListCodeSigningConfigsInput list;
  list.max_items = 1;
  const auto first = call(list_code_signing_configs, list);
  ASSERT_EQ(first->code_signing_configs->size(), 1u);
  list.marker = first->next_marker;
  const auto second = call(list_code_signing_configs, list);
  ASSERT_EQ(second->code_signing_configs->size(), 1u);
  EXPECT_FALSE(second->next_marker);
  EXPECT_NE(first->code_signing_configs->front().description,
            second->code_signing_configs->front().description);

  EXPECT_EQ(remove(arn), "");
  EXPECT_EQ(remove(arn), "ResourceNotFoundException");
  EXPECT_EQ(call(get_code_signing_config, get).error().code, "ResourceNotFoundException");
  EXPECT_EQ(call(update_code_signing_config, update).error().code, "ResourceNotFoundException");
}

TEST_F(CodeSigningTest, OfAFunction) {
  const std::string arn = create();
  EXPECT_EQ(attached(), "none");
  EXPECT_EQ(attach(kNobody), "CodeSigningConfigNotFoundException");
  EXPECT_EQ(attach(arn, "nobody"), "ResourceNotFoundException");
  EXPECT_EQ(attach(arn), arn);
  EXPECT_EQ(attached(), arn);
  ListFunctionsByCodeSigningConfigInput list;
  list.code_signing_config_arn = arn;
  EXPECT_EQ(*call(list_functions_by_code_signing_config, list)->function_arns,
            std::vector<std::string>{"arn:aws:lambda:us-east-1:000000000000:function:f"});
  EXPECT_EQ(remove(arn), "ResourceConflictException");
  DeleteFunctionCodeSigningConfigInput detach;
  detach.function_name = "f";
  EXPECT_TRUE(call(delete_function_code_signing_config, detach));
  EXPECT_TRUE(call(delete_function_code_signing_config, detach));
  EXPECT_EQ(attached(), "none");
  EXPECT_TRUE(call(list_functions_by_code_signing_config, list)->function_arns->empty());
  EXPECT_EQ(remove(arn), "");
}

TEST_F(CodeSigningTest, GivenAtCreationAndGoneWithTheFunction) {
  CreateFunctionInput input;
  input.function_name = "g";
  input.runtime = "nodejs20.x";
  input.role = "arn:aws:iam::000000000000:role/r";
  input.handler = "index.handler";
  input.code.zip_file = one_file_zip("exports.handler = async () => 1;");
  input.code_signing_config_arn = kNobody;
  EXPECT_EQ(call(create_function, input).error().code, "CodeSigningConfigNotFoundException");
  const std::string arn = create();
  input.code_signing_config_arn = arn;
  ASSERT_TRUE(call(create_function, input));
  EXPECT_EQ(remove(arn), "ResourceConflictException");
  DeleteFunctionInput gone;
  gone.function_name = "g";
  ASSERT_TRUE(call(delete_function, gone));
  EXPECT_EQ(remove(arn), "");
}

TEST_F(CodeSigningTest, TagsOfConfigurationsAndMappings) {
  CreateEventSourceMappingInput mapping;
  mapping.function_name = "f";
  mapping.event_source_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000";
  mapping.starting_position = "LATEST";
  mapping.tags = TextMap{{"k", "v"}};
  const std::string made = *call(create_event_source_mapping, mapping)->event_source_mapping_arn;
  for (const std::string& arn : {create(), made}) {
    ListTagsInput list;
    list.resource = arn;
    EXPECT_EQ(call(list_tags, list)->tags, (TextMap{{"k", "v"}})) << arn;
    TagResourceInput tag;
    tag.resource = arn;
    tag.tags = TextMap{{"l", "w"}};
    ASSERT_TRUE(call(tag_resource, tag)) << arn;
    UntagResourceInput untag;
    untag.resource = arn;
    untag.tag_keys = {"k"};
    ASSERT_TRUE(call(untag_resource, untag)) << arn;
    EXPECT_EQ(call(list_tags, list)->tags, (TextMap{{"l", "w"}})) << arn;
  }
  ListTagsInput list;
  list.resource = kNobody;
  EXPECT_EQ(call(list_tags, list).error().code, "ResourceNotFoundException");
}

TEST_F(CodeSigningTest, ScalingIsForCapacityProviders) {
  GetFunctionScalingConfigInput get;
  get.function_name = "f";
  get.qualifier = "$LATEST.PUBLISHED";
  const auto got = call(get_function_scaling_config, get);
  EXPECT_EQ(got->function_arn, "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST.PUBLISHED");
  EXPECT_FALSE(got->applied_function_scaling_config);
  PutFunctionScalingConfigInput put;
  put.function_name = "f";
  put.qualifier = "$LATEST.PUBLISHED";
  EXPECT_EQ(call(put_function_scaling_config, put).error().code, "InvalidParameterValueException");
  put.function_name = "nobody";
  EXPECT_EQ(call(put_function_scaling_config, put).error().code, "ResourceNotFoundException");
}

}  // namespace
}  // namespace millrace::lambda
