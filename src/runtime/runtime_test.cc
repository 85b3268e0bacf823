// Functions run by the real Node: what a handler returns, and each way it can fail.
#include "runtime/runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/runtime_testing.h"

namespace millrace::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using testing::Reply;
using testing::TestRuntime;

class RuntimeTest : public ::testing::Test {
 protected:
  TestRuntime runtime;
};

TEST_F(RuntimeTest, AnswersWithWhatTheHandlerReturns) {
  const auto echo = runtime.js("exports.handler = async (event) => ({ got: event })");
  const Reply cold = runtime.invoke(echo, R"({"a":[1,"ü"]})");
  EXPECT_EQ(cold.body, R"({"got":{"a":[1,"ü"]}})");
  EXPECT_EQ(cold.content_type, "application/json");
  EXPECT_FALSE(cold.streamed);
  EXPECT_EQ(cold.outcome.failure, InvokeFailure::kNone);
  EXPECT_GT(cold.outcome.init_duration.count(), 0);
  const Reply warm = runtime.invoke(echo, "7");
  EXPECT_EQ(warm.body, R"({"got":7})");
  EXPECT_EQ(warm.outcome.init_duration.count(), 0);
  EXPECT_GT(warm.outcome.max_memory_mb, 10u);
}

TEST_F(RuntimeTest, HandlerStylesOfTheOlderRuntimes) {
  EXPECT_EQ(runtime.invoke(runtime.js("exports.handler = (e, c, callback) => callback(null, 'called')")).body,
            "\"called\"");
  EXPECT_EQ(
      runtime.invoke(runtime.js("exports.handler = (e, context) => context.succeed({ by: 'context' })")).body,
      R"({"by":"context"})");
  EXPECT_EQ(
      runtime.invoke(runtime.js("exports.handler = (e, c, cb) => { setTimeout(() => cb(null, 1), 5) }")).body,
      "1");
  // A callback waits for the event loop to run empty, unless told otherwise.
  EXPECT_EQ(runtime
                .invoke(runtime.js("let n = 0; exports.handler = (e, c, cb) => { setTimeout(() => n++, 30); "
                                   "cb(null, { get n() { return n } }) }"))
                .body,
            R"({"n":1})");
  EXPECT_EQ(runtime
                .invoke(runtime.js(
                    "let n = 0; exports.handler = (e, c, cb) => { c.callbackWaitsForEmptyEventLoop = false; "
                    "setTimeout(() => n++, 30); cb(null, { get n() { return n } }) }"))
                .body,
            R"({"n":0})");
  // Returning without an answer is null once nothing is left to do.
  EXPECT_EQ(runtime.invoke(runtime.js("exports.handler = () => { setTimeout(() => {}, 5) }")).body, "null");
  EXPECT_EQ(
      runtime.invoke(runtime.js("exports.handler = async (e, c, cb) => { cb(null); return 'late' }")).body,
      "null")
      << "the first counts";
}

TEST_F(RuntimeTest, Node24HasNoCallbacks) {
  const auto as24 = [](FunctionSpec& spec) { spec.runtime_id = "nodejs24.x"; };
  EXPECT_EQ(runtime
                .invoke(runtime.js("exports.handler = (e, c) => ({ c: typeof c.succeed, w: typeof "
                                   "c.callbackWaitsForEmptyEventLoop })",
                                   as24))
                .body,
            R"({"c":"undefined","w":"undefined"})");
  const Reply refused = runtime.invoke(runtime.js("exports.handler = (e, c, cb) => cb(null, 1)", as24));
  EXPECT_EQ(refused.outcome.failure, InvokeFailure::kInit);
  EXPECT_THAT(refused.outcome.error_json, HasSubstr(R"("errorType":"Runtime.CallbackHandlerDeprecated")"));
}

TEST_F(RuntimeTest, ErrorsOfTheHandler) {
  const Reply thrown =
      runtime.invoke(runtime.js("exports.handler = async () => { throw new TypeError('no') }"));
  EXPECT_EQ(thrown.outcome.failure, InvokeFailure::kHandled);
  EXPECT_THAT(thrown.outcome.error_json,
              MatchesRegex(R"(\{"errorType":"TypeError","errorMessage":"no","trace":\["TypeError: no",.*)"));
  EXPECT_FALSE(thrown.outcome.answer_began);
  EXPECT_THAT(
      runtime.log_text(),
      HasSubstr("ERROR\tInvoke Error \t{\"errorType\":\"TypeError\",\"errorMessage\":\"no\",\"stack\":["));
  EXPECT_EQ(runtime.invoke(runtime.js("exports.handler = async () => { throw 'text' }")).outcome.error_json,
            R"({"errorType":"string","errorMessage":"text","trace":[]})");
  EXPECT_EQ(runtime.invoke(runtime.js("exports.handler = (e, c) => c.fail()")).outcome.error_json,
            R"({"errorType":"string","errorMessage":"handled","trace":[]})");
  const Reply never = runtime.invoke(runtime.js("exports.handler = async () => new Promise(() => {})"));
  EXPECT_THAT(never.outcome.error_json, HasSubstr(R"("errorType":"Runtime.NodeJsExit")"));
}

TEST_F(RuntimeTest, ErrorsOutsideTheHandlersCallEndTheProcess) {
  const auto function = runtime.js(
      "let n = 0; exports.handler = async (e) => { n++; if (e.how === 'ok') return n;"
      "if (e.how === 'throw') setTimeout(() => { throw new RangeError('late') }, 1);"
      "if (e.how === 'reject') Promise.reject(new Error('lost'));"
      "await new Promise((r) => setTimeout(r, 1000)) }");
  EXPECT_EQ(runtime.invoke(function, R"({"how":"ok"})").body, "1");
  const Reply thrown = runtime.invoke(function, R"({"how":"throw"})");
  EXPECT_THAT(thrown.outcome.error_json, HasSubstr(R"({"errorType":"RangeError","errorMessage":"late")"));
  EXPECT_THAT(runtime.log_text(),
              HasSubstr("Error: Runtime exited with error: exit status 129\nRuntime.ExitError"));
  const Reply rejected = runtime.invoke(function, R"({"how":"reject"})");
  EXPECT_THAT(rejected.outcome.error_json,
              HasSubstr(R"({"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":"Error: lost")"));
  EXPECT_THAT(runtime.log_text(), HasSubstr("exit status 128"));
  EXPECT_EQ(runtime.invoke(function, R"({"how":"ok"})").body, "1") << "a new process";
}

TEST_F(RuntimeTest, ProcessesThatEnd) {
  const auto error_of = [this](const std::string& body) {
    const Reply reply = runtime.invoke(runtime.js("exports.handler = async () => { " + body + " }"));
    EXPECT_EQ(reply.outcome.failure, InvokeFailure::kCrashed) << body;
    return reply.outcome.error_json;
  };
  EXPECT_THAT(
      error_of("process.exit(3)"),
      MatchesRegex(
          R"(\{"errorType":"Runtime.ExitError","errorMessage":"RequestId: [-0-9a-f]{36} Error: Runtime exited with error: exit status 3"\})"));
  EXPECT_THAT(error_of("process.exit(0)"), HasSubstr("Error: Runtime exited without providing a reason"));
  EXPECT_THAT(
      error_of("process.kill(process.pid, 'SIGKILL'); await new Promise(() => setTimeout(() => {}, 999))"),
      HasSubstr("Runtime exited with error: signal: killed"));
}

TEST_F(RuntimeTest, TimeoutsEndTheSandboxAndKeepItsLog) {
  const auto function = runtime.js(
      "let n = 0; exports.handler = async (e) => { n++; if (e.hang) { console.log('before'); while (true); } "
      "return n }",
      [](FunctionSpec& spec) { spec.timeout = std::chrono::milliseconds(250); });
  EXPECT_EQ(runtime.invoke(function).body, "1");
  Invocation hang = runtime.invocation(function, R"({"hang":true})");
  hang.want_log_tail = true;
  const std::string id = hang.request_id;
  const Reply reply = runtime.invoke(std::move(hang));
  EXPECT_EQ(reply.outcome.failure, InvokeFailure::kTimeout);
  EXPECT_EQ(reply.outcome.error_json, R"({"errorType":"Sandbox.Timedout","errorMessage":"RequestId: )" + id +
                                          R"( Error: Task timed out after 0.25 seconds"})");
  EXPECT_THAT(reply.outcome.log_tail, HasSubstr("\tINFO\tbefore\n"));
  EXPECT_THAT(reply.outcome.log_tail,
              HasSubstr(" " + id + " Task timed out after 0.25 seconds\nEND RequestId: " + id));
  EXPECT_THAT(reply.outcome.log_tail, HasSubstr("Status: timeout"));
  EXPECT_EQ(runtime.invoke(function).body, "1") << "a new process";
}

TEST_F(RuntimeTest, MemoryBeyondTheFunctionsSizeKillsIt) {
  const Reply reply = runtime.invoke(
      runtime.js("exports.handler = async () => { const kept = []; for (let i = 0; i < 400; i++) { "
                 "kept.push(Buffer.alloc(1 << 20, 1)); await new Promise((r) => setTimeout(r, 5)) } return "
                 "kept.length }",
                 [](FunctionSpec& spec) { spec.timeout = std::chrono::seconds(20); }));
  EXPECT_EQ(reply.outcome.failure, InvokeFailure::kCrashed);
  EXPECT_THAT(reply.outcome.error_json, HasSubstr("Runtime exited with error: signal: killed"));
  EXPECT_THAT(runtime.log_text(), HasSubstr("Memory Size: 128 MB\tMax Memory Used: 128 MB"));
}

TEST_F(RuntimeTest, ModulesThatDoNotLoad) {
  const auto init_error = [this](const std::vector<testing::ZipEntry>& files,
                                 const std::string& handler = "index.handler") {
    const Reply reply =
        runtime.invoke(runtime.function(files, [&](FunctionSpec& spec) { spec.handler = handler; }));
    EXPECT_EQ(reply.outcome.failure, InvokeFailure::kInit) << handler;
    return reply.outcome.error_json;
  };
  EXPECT_THAT(
      init_error({{"other.js", ""}}),
      HasSubstr(
          R"({"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'index')"));
  EXPECT_THAT(init_error({{"index.js", "require('missing')"}}),
              HasSubstr(R"("errorMessage":"Error: Cannot find module 'missing')"));
  EXPECT_THAT(
      init_error({{"index.js", "exports.other = 1"}}),
      HasSubstr(
          R"({"errorType":"Runtime.HandlerNotFound","errorMessage":"index.handler is undefined or not exported")"));
  EXPECT_THAT(init_error({{"index.js", "exports.handler = 1"}}),
              HasSubstr("index.handler is not a function"));
  EXPECT_THAT(init_error({{"index.js", "exports.handler = ("}}),
              HasSubstr(R"("errorType":"Runtime.UserCodeSyntaxError")"));
  EXPECT_THAT(init_error({{"index.js", ""}}, "index"),
              HasSubstr(R"("errorType":"Runtime.MalformedHandlerName","errorMessage":"Bad handler")"));
  EXPECT_THAT(init_error({{"index.js", ""}}, "../index.handler"),
              HasSubstr(R"("errorType":"Runtime.MalformedHandlerName")"));
  EXPECT_THAT(init_error({{"index.js", "throw new Error('at load')"}}),
              HasSubstr(R"({"errorType":"Error","errorMessage":"at load")"));
  EXPECT_THAT(
      runtime.log_text(),
      HasSubstr("\tundefined\tERROR\tUncaught Exception \t{\"errorType\":\"Runtime.ImportModuleError\""));
  EXPECT_THAT(runtime.log_text(),
              HasSubstr("Phase: init\tStatus: error\tError Type: Runtime.ImportModuleError"));
}

TEST_F(RuntimeTest, WhereHandlersAreLookedFor) {
  const auto body = [this](const std::vector<testing::ZipEntry>& files, const std::string& handler) {
    return runtime.invoke(runtime.function(files, [&](FunctionSpec& spec) { spec.handler = handler; })).body;
  };
  const std::string cjs = "exports.handler = async () => 'cjs'; exports.a = { b: async () => 'nested' }";
  const std::string esm = "export const handler = async () => 'esm'";
  EXPECT_EQ(body({{"index.mjs", esm}}, "index.handler"), "\"esm\"");
  EXPECT_EQ(body({{"index.cjs", cjs}}, "index.handler"), "\"cjs\"");
  EXPECT_EQ(body({{"index.js", esm}, {"package.json", R"({"type":"module"})"}}, "index.handler"), "\"esm\"");
  EXPECT_EQ(body({{"index.js", cjs}, {"index.mjs", esm}}, "index.handler"), "\"cjs\"") << ".js comes first";
  EXPECT_EQ(body({{"src/deep/app.js", cjs}}, "src/deep/app.a.b"), "\"nested\"");
  EXPECT_EQ(body({{"node_modules/app/index.js", cjs}}, "app.handler"), "\"cjs\"");
}

TEST_F(RuntimeTest, EnvironmentAndContext) {
  const auto function = runtime.js(
      "exports.handler = async (event, context) => ({ cwd: process.cwd() === process.env.LAMBDA_TASK_ROOT, "
      "mine: process.env.MINE,"
      "key: process.env.AWS_ACCESS_KEY_ID, region: process.env.AWS_REGION, endpoint: "
      "process.env.AWS_ENDPOINT_URL, trace: process.env._X_AMZN_TRACE_ID,"
      "home: process.env.HOME, exec: process.env.AWS_EXECUTION_ENV, name: context.functionName, "
      "memory: context.memoryLimitInMB,"
      "arn: context.invokedFunctionArn, client: context.clientContext, left: "
      "context.getRemainingTimeInMillis() > 2000 })",
      [](FunctionSpec& spec) {
        spec.environment = {{"MINE", "yes"}, {"AWS_REGION", "not mine to set"}};
      });
  Invocation invocation = runtime.invocation(function);
  invocation.trace_header = "Root=1-2-3";
  invocation.client_context = R"({"custom":{"k":"v"}})";
  EXPECT_EQ(
      runtime.invoke(std::move(invocation)).body,
      R"({"cwd":true,"mine":"yes","key":"ASIATEST","region":"us-east-1","endpoint":"http://127.0.0.1:9","trace":"Root=1-2-3",)"
      R"("home":"/tmp","exec":"AWS_Lambda_nodejs20.x","name":"test","memory":"128",)"
      R"("arn":"arn:aws:lambda:us-east-1:000000000000:function:test","client":{"custom":{"k":"v"}},"left":true})");
}

TEST_F(RuntimeTest, LogsOfAnInvocationInOrder) {
  const auto function = runtime.js(
      "console.log('loading'); exports.handler = async () => { console.log({ a: { b: { c: 1 } }, text: "
      "'x'.repeat(70) });"
      "console.error('two\\nlines'); console.debug('d'); process.stdout.write('raw\\npart') }");
  Invocation invocation = runtime.invocation(function);
  invocation.want_log_tail = true;
  const std::string id = invocation.request_id;
  runtime.invoke(std::move(invocation));
  const std::vector<LogEvent> logs = runtime.logs();
  std::vector<std::string> messages;
  for (const LogEvent& event : logs)
    messages.push_back(event.message);
  using ::testing::ElementsAre;
  const std::string stamp = "[-0-9]+T[:.0-9]+Z\t";
  EXPECT_THAT(
      messages,
      ElementsAre(HasSubstr("INIT_START Runtime Version: nodejs20.x"),
                  MatchesRegex(stamp + "undefined\tINFO\tloading"),
                  "START RequestId: " + id + " Version: $LATEST",
                  MatchesRegex(stamp + id + "\tINFO\t\\{\n  a: .*\n  text: .*\n\\}"),
                  MatchesRegex(stamp + id + "\tERROR\ttwo\nlines"), MatchesRegex(stamp + id + "\tDEBUG\td"),
                  "raw", "part", "END RequestId: " + id,
                  MatchesRegex("REPORT RequestId: " + id +
                               "\tDuration: [.0-9]+ ms\tBilled Duration: [0-9]+ ms\tMemory Size: 128 MB\t"
                               "Max Memory Used: [0-9]+ MB\tInit Duration: [.0-9]+ ms\t")));
  EXPECT_THAT(logs.front().log_stream,
              MatchesRegex(R"([0-9]{4}/[0-9]{2}/[0-9]{2}/\[\$LATEST\][0-9a-f]{32})"));
  EXPECT_EQ(logs.back().request_id, id);
}

TEST_F(RuntimeTest, JsonLogsAndLevels) {
  const auto function = runtime.js(
      "exports.handler = async () => { console.log('no'); console.warn('yes %d', 1); console.error(new "
      "Error('e')) }",
      [](FunctionSpec& spec) {
        spec.log_format = "JSON";
        spec.log_level = "WARN";
      });
  runtime.invoke(function);
  const std::string log = runtime.log_text();
  EXPECT_THAT(log, HasSubstr(R"("level":"WARN","requestId":")"));
  EXPECT_THAT(log, HasSubstr(R"("message":"yes 1"})"));
  EXPECT_THAT(log, HasSubstr(R"("message":{"errorType":"Error","errorMessage":"e","stackTrace":)"));
  EXPECT_THAT(log, Not(HasSubstr("\"no\"")));
  EXPECT_THAT(log, HasSubstr(R"("type":"platform.start")"));
  EXPECT_THAT(log, HasSubstr(R"("type":"platform.report")"));
}

TEST_F(RuntimeTest, AnswersBeyondSixMegabytes) {
  const auto function = runtime.js("exports.handler = async (e) => 'x'.repeat(e.n)");
  const Reply fits = runtime.invoke(function, R"({"n":6291554})");
  EXPECT_EQ(fits.outcome.failure, InvokeFailure::kNone);
  EXPECT_EQ(fits.body.size(), 6291556u);
  const Reply large = runtime.invoke(function, R"({"n":6291555})");
  EXPECT_EQ(large.outcome.failure, InvokeFailure::kTooLarge);
  EXPECT_EQ(
      large.outcome.error_json,
      R"({"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."})");
  EXPECT_EQ(runtime.invoke(function, R"({"n":1})").body, "\"x\"");
}

TEST_F(RuntimeTest, LargeEventsArriveWhole) {
  const auto function = runtime.js("exports.handler = async (e) => e.text.length");
  EXPECT_EQ(runtime.invoke(function, "{\"text\":\"" + std::string(6000000, 'y') + "\"}").body, "6000000");
}

TEST_F(RuntimeTest, RuntimesThatCannotRun) {
  const Reply reply = runtime.invoke(runtime.js("", [](FunctionSpec& spec) { spec.runtime_id = "ruby3.3"; }));
  EXPECT_EQ(reply.outcome.failure, InvokeFailure::kUnavailable);
  EXPECT_THAT(reply.outcome.error_json, HasSubstr("ruby3.3"));
}

TEST(RuntimeWithoutNode, SaysSo) {
  TestRuntime runtime([](RuntimeOptions& options) { options.node_program = "no-such-node"; });
  const Reply reply = runtime.invoke(runtime.js("exports.handler = async () => 1"));
  EXPECT_EQ(reply.outcome.failure, InvokeFailure::kUnavailable);
  EXPECT_THAT(reply.outcome.error_json, HasSubstr("Node.js (no-such-node) is not installed"));
}

}  // namespace
}  // namespace millrace::runtime
