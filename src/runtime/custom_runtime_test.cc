// Custom runtimes over the Runtime API: the protocol kept, and broken in each way a program can break it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/runtime_testing.h"

namespace millrace::runtime {
namespace {

using ::testing::HasSubstr;
using testing::Reply;
using testing::TestRuntime;

// A small runtime client; `serve` is the text of an async function (event, context) that may use call() itself.
std::string bootstrap(const std::string& serve) {
  return R"js(#!/usr/bin/env node
const http = require('http');
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
function call(method, path, body, headers = {}, trailers) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, method, agent, path: '/2018-06-01/runtime/' + path, headers }, (answer) => {
      let text = '';
      answer.on('data', (d) => (text += d)).on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    request.on('error', reject);
    for (const piece of [].concat(body ?? [])) request.write(piece);
    if (trailers) request.addTrailers(trailers);
    request.end();
  });
}
async function serve(event, context) { )js" +
         serve + R"js( }
(async () => {
  for (;;) {
    const next = await call('GET', 'invocation/next');
    const id = next.headers['lambda-runtime-aws-request-id'];
    await serve(JSON.parse(next.text), { id, headers: next.headers, respond: (body, headers, trailers) => call('POST', `invocation/${id}/response`, body, headers, trailers) });
  }
})();
)js";
}

class CustomRuntimeTest : public ::testing::Test {
 protected:
  FunctionPtr function(const std::string& program, std::uint32_t mode = 0100755,
                       std::chrono::milliseconds timeout = std::chrono::seconds(10)) {
    return runtime.function({{"bootstrap", program, mode}}, [timeout](FunctionSpec& spec) {
      spec.runtime_id = "provided.al2023";
      spec.timeout = timeout;
      spec.environment = {{"MINE", "yes"}};
    });
  }
  FunctionPtr serving(const std::string& serve) { return function(bootstrap(serve)); }
  TestRuntime runtime{[](RuntimeOptions& options) { options.handover_patience = std::chrono::seconds(10); }};
};

TEST_F(CustomRuntimeTest, AnswersOneEventAfterTheOther) {
  const auto echo = serving(
      "console.log('printed'); await context.respond(JSON.stringify({ event, arn: "
      "context.headers['lambda-runtime-invoked-function-arn'],"
      "left: context.headers['lambda-runtime-deadline-ms'] - Date.now() > 5000, mine: process.env.MINE, cwd: "
      "process.cwd() === process.env.LAMBDA_TASK_ROOT }))");
  const Reply first = runtime.invoke(echo, R"({"n":1})");
  EXPECT_EQ(
      first.body,
      R"({"event":{"n":1},"arn":"arn:aws:lambda:us-east-1:000000000000:function:test","left":true,"mine":"yes","cwd":true})");
  EXPECT_FALSE(first.streamed);
  EXPECT_GT(first.outcome.init_duration.count(), 0);
  const Reply second = runtime.invoke(echo, R"({"n":2})");
  EXPECT_THAT(second.body, HasSubstr(R"({"n":2})"));
  EXPECT_EQ(second.outcome.init_duration.count(), 0);
  runtime.wait_for_log("REPORT");
  EXPECT_THAT(runtime.log_text(), HasSubstr("printed\n"));
}

TEST_F(CustomRuntimeTest, StreamsWithTrailers) {
  const auto streaming = serving(
      "await context.respond(['one,', 'two'], { 'Lambda-Runtime-Function-Response-Mode': 'streaming', "
      "'Transfer-Encoding': 'chunked', 'Content-Type': 'text/plain',"
      "Trailer: ['Lambda-Runtime-Function-Error-Type', 'Lambda-Runtime-Function-Error-Body'] },"
      "event.fail ? { 'Lambda-Runtime-Function-Error-Type': 'Broken', 'Lambda-Runtime-Function-Error-Body': "
      "Buffer.from('{\"errorType\":\"Broken\"}').toString('base64') } : undefined)");
  const Reply whole = runtime.invoke(streaming);
  EXPECT_EQ(whole.body, "one,two");
  EXPECT_EQ(whole.content_type, "text/plain");
  EXPECT_TRUE(whole.streamed);
  EXPECT_EQ(whole.outcome.failure, InvokeFailure::kNone);
  const Reply cut = runtime.invoke(streaming, R"({"fail":true})");
  EXPECT_EQ(cut.body, "one,two");
  EXPECT_EQ(cut.outcome.failure, InvokeFailure::kHandled);
  EXPECT_EQ(cut.outcome.error_json, R"({"errorType":"Broken"})");
}

TEST_F(CustomRuntimeTest, ErrorsItReports) {
  const auto failing = serving(
      "await call('POST', `invocation/${context.id}/error`, JSON.stringify({ errorType: 'Mine', "
      "errorMessage: 'm' }))");
  EXPECT_EQ(runtime.invoke(failing).outcome.error_json, R"({"errorType":"Mine","errorMessage":"m"})");
  EXPECT_EQ(runtime.invoke(failing).outcome.failure, InvokeFailure::kHandled) << "and goes on";
  const std::string init =
      "#!/bin/sh\nexec node -e \"require('http').request({ host: "
      "process.env.AWS_LAMBDA_RUNTIME_API.split(':')[0], port: "
      "process.env.AWS_LAMBDA_RUNTIME_API.split(':')[1], method: 'POST', path: "
      "'/2018-06-01/runtime/init/error' }).end('{\\\"errorType\\\":\\\"Init\\\"}')\"\n";
  const Reply refused = runtime.invoke(function(init));
  EXPECT_EQ(refused.outcome.failure, InvokeFailure::kInit);
  EXPECT_EQ(refused.outcome.error_json, R"({"errorType":"Init"})");
}

// No answer is awaited: the request is written, and the process is gone.
TEST_F(CustomRuntimeTest, WhatIsSaidBeforeTheEndCounts) {
  const auto says = [this](const std::string& path, const std::string& body, const std::string& before) {
    const std::string request = "POST /2018-06-01/runtime/" + path +
                                " HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: " + std::to_string(body.size()) +
                                "\\r\\n\\r\\n" + body;
    return function("#!/bin/bash\nexec 3<>/dev/tcp/${AWS_LAMBDA_RUNTIME_API/://}\n" + before + "\nprintf '" +
                    request + "' >&3\nexit 1\n");
  };
  const std::string take_event =
      "printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' >&3\n"
      "while read -r line <&3; do case $line in Lambda-Runtime-Aws-Request-Id:*) id=${line#*: }; "
      "id=${id%$'\\r'};; esac; "
      "[ \"$line\" = $'\\r' ] && break; done; read -r -N 2 <&3";
  for (int i = 0; i < 10; ++i) {
    const Reply refused = runtime.invoke(says("init/error", R"({"errorType":"Mine"})", ""));
    EXPECT_EQ(refused.outcome.failure, InvokeFailure::kInit);
    EXPECT_EQ(refused.outcome.error_json, R"({"errorType":"Mine"})");
    EXPECT_EQ(runtime.invoke(says("invocation/'$id'/response", "42", take_event)).body, "42");
    EXPECT_EQ(runtime.invoke(says("invocation/'$id'/error", R"({"errorType":"Late"})", take_event))
                  .outcome.error_json,
              R"({"errorType":"Late"})");
  }
}

TEST_F(CustomRuntimeTest, AnswersThatAreRefused) {
  const Reply reply = runtime.invoke(serving(
      "const other = await call('POST', 'invocation/not-this-one/response', '1');"
      "const early = await call('GET', 'invocation/next');"
      "const unknown = await call('GET', 'else');"
      "const good = await context.respond(JSON.stringify([other.status, early.status, unknown.status]));"
      "const twice = await context.respond('2');"
      "console.log('good ' + good.status + ' twice ' + twice.status + ' ' + twice.text)"));
  EXPECT_EQ(reply.body, "[400,403,404]");
  runtime.wait_for_log(R"(good 202 twice 403 {"errorType":"InvalidStateTransition")");
}

TEST_F(CustomRuntimeTest, AnswersThatAreTooLarge) {
  const auto large =
      serving("const r = await context.respond('x'.repeat(event.n)); console.log('status ' + r.status)");
  EXPECT_EQ(runtime.invoke(large, R"({"n":6291556})").body.size(), 6291556u);
  const Reply refused = runtime.invoke(large, R"({"n":6291557})");
  EXPECT_EQ(refused.outcome.failure, InvokeFailure::kTooLarge);
  EXPECT_THAT(refused.outcome.error_json, HasSubstr(R"("errorType":"Function.ResponseSizeTooLarge")"));
}

TEST_F(CustomRuntimeTest, ProgramsThatEndOrNeverAsk) {
  const Reply ends = runtime.invoke(function("#!/bin/sh\necho bye\nexit 7\n"));
  EXPECT_EQ(ends.outcome.failure, InvokeFailure::kCrashed);
  EXPECT_THAT(ends.outcome.error_json, HasSubstr(R"("errorType":"Runtime.ExitError")"));
  EXPECT_THAT(ends.outcome.error_json, HasSubstr("Runtime exited with error: exit status 7"));
  EXPECT_THAT(runtime.log_text(), HasSubstr("bye\n"));
  const Reply during = runtime.invoke(serving("process.exit(8)"));
  EXPECT_THAT(during.outcome.error_json, HasSubstr("exit status 8"));
  const Reply closed = runtime.invoke(function("not a program", 0100644));
  EXPECT_THAT(closed.outcome.error_json, HasSubstr(R"("errorType":"Runtime.InvalidEntrypoint")"));
  const Reply missing = runtime.invoke(
      runtime.function({{"other", ""}}, [](FunctionSpec& spec) { spec.runtime_id = "provided.al2"; }));
  EXPECT_THAT(missing.outcome.error_json,
              HasSubstr("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"));
  const Reply hangs =
      runtime.invoke(function(bootstrap("await new Promise(() => setTimeout(() => {}, 99999))"), 0100755,
                              std::chrono::milliseconds(300)));
  EXPECT_EQ(hangs.outcome.failure, InvokeFailure::kTimeout);
}

TEST(CustomRuntimeInit, ThatNeverEndsIsCutShort) {
  TestRuntime runtime([](RuntimeOptions& options) { options.init_timeout = std::chrono::milliseconds(300); });
  const Reply reply =
      runtime.invoke(runtime.function({{"bootstrap", "#!/bin/sh\nexec sleep 99\n", 0100755}},
                                      [](FunctionSpec& spec) { spec.runtime_id = "provided.al2"; }));
  EXPECT_EQ(reply.outcome.failure, InvokeFailure::kTimeout);
  EXPECT_THAT(runtime.log_text(), HasSubstr("Phase: init\tStatus: timeout"));
}

}  // namespace
}  // namespace millrace::runtime
