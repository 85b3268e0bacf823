#include <gtest/gtest.h>

#include "services/lambda/lambda_testing.h"
#include "services/lambda/operations.h"
#include "store/run_testing.h"

namespace millrace::lambda {
namespace {

using store::run;
constexpr const char* kArn = "arn:aws:lambda:us-east-1:000000000000:function:f";

class FunctionsTest : public testing::Test {
 protected:
  template <class Output, class Input>
  Answer<Output> call(base::Task<Answer<Output>> (*operation)(Lambda&, const wire::RequestContext&, Input),
                      Input input) {
    const wire::RequestContext context = world.context();
    return run(operation(*world.service, context, std::move(input)));
  }
  static CreateFunctionInput create_input() {
    CreateFunctionInput input;
    input.function_name = "f";
    input.runtime = "nodejs20.x";
    input.role = "arn:aws:iam::000000000000:role/r";
    input.handler = "index.handler";
    input.code.zip_file = one_file_zip("exports.handler = async () => 1;");
    return input;
  }
  template <class Output>
  static std::string error_of(const Answer<Output>& answer) {
    return answer ? "no error" : answer.error().code + ": " + answer.error().message;
  }
  LambdaForTests world;
};

TEST_F(FunctionsTest, CreateGetAndDelete) {
  auto created = call(create_function, create_input());
  ASSERT_TRUE(created) << error_of(created);
  EXPECT_EQ(created->function_arn, kArn);
  EXPECT_EQ(created->state, "Active");
  EXPECT_EQ(created->timeout, 3);
  EXPECT_EQ(created->memory_size, 128);
  EXPECT_EQ(created->code_sha256->size(), 44u);
  EXPECT_EQ(created->last_modified->substr(10, 1), "T");
  EXPECT_TRUE(created->last_modified->ends_with("+0000"));
  EXPECT_EQ(created->logging_config->log_group, "/aws/lambda/f");
  EXPECT_EQ(error_of(call(create_function, create_input())),
            "ResourceConflictException: Function already exist: f");

  GetFunctionInput get;
  for (const char* form : {"f", "f:$LATEST", kArn, "000000000000:function:f", "000000000000:f"}) {
    get.function_name = form;
    auto got = call(get_function, get);
    ASSERT_TRUE(got) << form << ": " << error_of(got);
    EXPECT_EQ(got->configuration->revision_id, created->revision_id);
    EXPECT_TRUE(got->code->location->starts_with("http://127.0.0.1:4566/_millrace/lambda/code/"));
  }
  DeleteFunctionInput remove;
  remove.function_name = "f";
  EXPECT_TRUE(call(delete_function, remove));
  EXPECT_EQ(error_of(call(get_function, get)),
            std::string("ResourceNotFoundException: Function not found: ") + kArn);
  EXPECT_EQ(error_of(call(delete_function, remove)),
            std::string("ResourceNotFoundException: Function not found: ") + kArn);
}

TEST_F(FunctionsTest, RefusedInAwsWords) {
  CreateFunctionInput input = create_input();
  input.runtime.reset();
  EXPECT_EQ(error_of(call(create_function, input)),
            "InvalidParameterValueException: Runtime and Handler are mandatory parameters for functions "
            "created with deployment "
            "packages.");
  input = create_input();
  input.code.zip_file = "this is no zip";
  EXPECT_EQ(error_of(call(create_function, input)),
            "InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try "
            "to upload again.");
  input = create_input();
  input.code.zip_file.reset();
  EXPECT_EQ(error_of(call(create_function, input)),
            "InvalidParameterValueException: Please provide a source for function code.");
  input = create_input();
  input.environment.emplace().variables = TextMap{{"AWS_REGION", "x"}, {"OWN", "y"}};
  EXPECT_TRUE(
      error_of(call(create_function, input)).ends_with("Reserved keys used in this request: AWS_REGION"));
  input.environment->variables = TextMap{{"BIG", std::string(4096, 'x')}};
  EXPECT_NE(error_of(call(create_function, input)).find("exceeded the 4KB limit"), std::string::npos);
  input = create_input();
  input.timeout = 901;
  EXPECT_NE(error_of(call(create_function, input)).find("less than or equal to 900"), std::string::npos);
  GetFunctionInput get;
  get.function_name = "arn:aws:lambda:eu-west-1:000000000000:function:f";
  EXPECT_EQ(
      error_of(call(get_function, get)),
      "ResourceNotFoundException: Functions from 'eu-west-1' are not reachable in this region ('us-east-1')");
  get.function_name = "f:one";
  get.qualifier = "two";
  EXPECT_EQ(error_of(call(get_function, get)),
            "InvalidParameterValueException: The derived qualifier from the function name does not match the "
            "specified qualifier.");
  EXPECT_FALSE(run(world.service->find({"000000000000", "us-east-1", "f", ""})).value())
      << "nothing of a refused call stays";
}

TEST_F(FunctionsTest, UpdatesChangeTheRevisionAndRetireSandboxes) {
  const auto created = call(create_function, create_input());
  UpdateFunctionConfigurationInput update;
  update.function_name = "f";
  update.timeout = 20;
  update.revision_id = "not this one";
  EXPECT_TRUE(
      error_of(call(update_function_configuration, update)).starts_with("PreconditionFailedException"));
  update.revision_id = created->revision_id;
  auto updated = call(update_function_configuration, update);
  ASSERT_TRUE(updated) << error_of(updated);
  EXPECT_EQ(updated->timeout, 20);
  EXPECT_NE(updated->revision_id, created->revision_id);
  EXPECT_EQ(world.invoker.retired, std::vector<std::string>{kArn});
  UpdateFunctionCodeInput code;
  code.function_name = "f";
  code.zip_file = one_file_zip("exports.handler = async () => 2;");
  auto recoded = call(update_function_code, code);
  ASSERT_TRUE(recoded) << error_of(recoded);
  EXPECT_NE(recoded->code_sha256, created->code_sha256);
  EXPECT_EQ(recoded->timeout, 20);
}

TEST_F(FunctionsTest, VersionsAndAliases) {
  call(create_function, create_input()).value();
  PublishVersionInput publish;
  publish.function_name = "f";
  EXPECT_EQ(call(publish_version, publish)->version, "1");
  EXPECT_EQ(call(publish_version, publish)->version, "1") << "nothing changed";
  UpdateFunctionConfigurationInput update;
  update.function_name = "f";
  update.timeout = 9;
  call(update_function_configuration, update).value();
  EXPECT_EQ(call(publish_version, publish)->version, "2");
  CreateAliasInput alias;
  alias.function_name = "f";
  alias.name = "live";
  alias.function_version = "1";
  auto made = call(create_alias, alias);
  ASSERT_TRUE(made) << error_of(made);
  EXPECT_EQ(made->alias_arn, std::string(kArn) + ":live");
  EXPECT_TRUE(
      error_of(call(create_alias, alias)).starts_with("ResourceConflictException: Alias already exists"));
  GetFunctionConfigurationInput get;
  get.function_name = "f";
  get.qualifier = "live";
  auto got = call(get_function_configuration, get);
  ASSERT_TRUE(got) << error_of(got);
  EXPECT_EQ(got->version, "1");
  EXPECT_EQ(got->timeout, 3);
  EXPECT_EQ(got->function_arn, std::string(kArn) + ":live");
  get.qualifier = "7";
  EXPECT_EQ(error_of(call(get_function_configuration, get)),
            std::string("ResourceNotFoundException: Function not found: ") + kArn + ":7");
  ListVersionsByFunctionInput list;
  list.function_name = "f";
  EXPECT_EQ(call(list_versions_by_function, list)->versions->size(), 3u);
}

TEST_F(FunctionsTest, ListsByPages) {
  for (const char* name : {"c", "a", "b"})
    world.make_function(name);
  ListFunctionsInput list;
  list.max_items = 2;
  auto page = call(list_functions, list);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->functions->at(0).function_name, "a");
  EXPECT_EQ(page->functions->size(), 2u);
  list.marker = page->next_marker;
  page = call(list_functions, list);
  EXPECT_EQ(page->functions->at(0).function_name, "c");
  EXPECT_FALSE(page->next_marker);
}

TEST_F(FunctionsTest, PermissionsMakeAPolicy) {
  world.make_function("f");
  AddPermissionInput add;
  add.function_name = "f";
  add.statement_id = "s1";
  add.action = "lambda:InvokeFunctionUrl";
  add.principal = "*";
  add.function_url_auth_type = "NONE";
  auto added = call(add_permission, add);
  ASSERT_TRUE(added) << error_of(added);
  EXPECT_EQ(
      added->statement,
      std::string(
          R"({"Sid":"s1","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":")") +
          kArn + R"(","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}})");
  EXPECT_TRUE(error_of(call(add_permission, add))
                  .starts_with("ResourceConflictException: The statement id (s1) provided"));
  GetPolicyInput get;
  get.function_name = "f";
  EXPECT_EQ(call(get_policy, get)->policy,
            R"({"Version":"2012-10-17","Id":"default","Statement":[)" + *added->statement + "]}");
  RemovePermissionInput remove;
  remove.function_name = "f";
  remove.statement_id = "other";
  EXPECT_EQ(error_of(call(remove_permission, remove)),
            "ResourceNotFoundException: Statement other is not found in resource policy.");
  remove.statement_id = "s1";
  EXPECT_TRUE(call(remove_permission, remove));
  EXPECT_EQ(error_of(call(get_policy, get)),
            "ResourceNotFoundException: The resource you requested does not exist.");
}

TEST_F(FunctionsTest, TagsAndConcurrency) {
  world.make_function("f");
  TagResourceInput tag;
  tag.resource = kArn;
  tag.tags = {{"k", "v"}, {"l", "w"}};
  EXPECT_TRUE(call(tag_resource, tag));
  UntagResourceInput untag;
  untag.resource = kArn;
  untag.tag_keys = {"l"};
  EXPECT_TRUE(call(untag_resource, untag));
  ListTagsInput list;
  list.resource = kArn;
  EXPECT_EQ(call(list_tags, list)->tags, (TextMap{{"k", "v"}}));
  PutFunctionConcurrencyInput put;
  put.function_name = "f";
  put.reserved_concurrent_executions = 0;
  EXPECT_TRUE(call(put_function_concurrency, put));
  InvokeInput invocation;
  invocation.function_name = "f";
  EXPECT_EQ(error_of(call(invoke, invocation)), "TooManyRequestsException: Rate Exceeded.");
  DeleteFunctionConcurrencyInput lift;
  lift.function_name = "f";
  EXPECT_TRUE(call(delete_function_concurrency, lift));
  EXPECT_TRUE(call(invoke, invocation));
}

TEST_F(FunctionsTest, Mappings) {
  world.make_function("f");
  CreateEventSourceMappingInput create;
  create.function_name = "f";
  create.event_source_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-11-21T00:00:00.000";
  EXPECT_TRUE(
      error_of(call(create_event_source_mapping, create)).starts_with("InvalidParameterValueException"));
  create.starting_position = "TRIM_HORIZON";
  auto made = call(create_event_source_mapping, create);
  ASSERT_TRUE(made) << error_of(made);
  EXPECT_EQ(made->state, "Creating");
  EXPECT_EQ(made->batch_size, 100);
  EXPECT_EQ(made->function_arn, kArn);
  EXPECT_NE(error_of(call(create_event_source_mapping, create)).find(*made->uuid), std::string::npos);
  ListEventSourceMappingsInput list;
  list.function_name = "f";
  EXPECT_EQ(call(list_event_source_mappings, list)->event_source_mappings->size(), 1u);
  create.function_name = "g";
  EXPECT_TRUE(error_of(call(create_event_source_mapping, create)).starts_with("ResourceNotFoundException"));
}

}  // namespace
}  // namespace millrace::lambda
