// Extensions beside a runtime: programs of a layer that register, are told of each event, and of the end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/runtime_testing.h"

namespace millrace::runtime {
namespace {

using ::testing::HasSubstr;
using testing::make_zip;
using ::testing::Not;
using testing::Reply;
using testing::TestRuntime;

// An extension in Node; `each` is the text of an async function (event) run for every event, SHUTDOWN included.
std::string extension(const std::string& each, const std::string& events = "['INVOKE','SHUTDOWN']",
                      const std::string& first = "") {
  return R"js(#!/usr/bin/env node
const http = require('http');
const path = require('path');
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
function call(method, where, headers, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, method, path: '/2020-01-01/extension/' + where, headers }, (answer) => {
      let text = '';
      answer.on('data', (d) => (text += d)).on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}
async function each(event) { )js" +
         each + R"js( }
(async () => {
  const name = path.basename(process.argv[1]);
  const mine = await call('POST', 'register', { 'Lambda-Extension-Name': name, 'Lambda-Extension-Accept-Feature': 'accountId' }, JSON.stringify({ events: )js" +
         events + R"js( }));
  console.log(name + ' registered ' + mine.status + ' ' + mine.text);
  const id = { 'Lambda-Extension-Identifier': mine.headers['lambda-extension-identifier'] };
  )js" + first +
         R"js(
  for (;;) {
    const next = await call('GET', 'event/next', id);
    const event = JSON.parse(next.text);
    await each(event);
    if (event.eventType === 'SHUTDOWN') process.exit(0);
  }
})();
)js";
}

base::Task<> nothing() {
  co_return;
}

constexpr const char* kTell =
    "console.log('told ' + event.eventType + ' ' + (event.shutdownReason ?? event.requestId))";

class ExtensionsTest : public ::testing::Test {
 protected:
  ExtensionsTest() = default;
  std::string layer(const std::vector<testing::ZipEntry>& files) {
    return runtime.wait(runtime.code().put(make_zip(files), CodeLayout::kPlain))->sha256_hex;
  }
  FunctionPtr function(const std::string& program, const std::string& body = "return 'answer'",
                       std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    const std::string hash =
        layer({{"extensions/watcher", program, 0100755}, {"extensions/readme.txt", "no program"}});
    return runtime.js("console.log('handler loads'); exports.handler = async (event) => {" + body + "}",
                      [&](FunctionSpec& spec) {
                        spec.layer_sha256 = {hash};
                        spec.timeout = timeout;
                      });
  }
  TestRuntime runtime;
};

TEST_F(ExtensionsTest, RegisterBeforeTheHandlerLoadsAndAreToldOfEveryEvent) {
  const FunctionPtr watched = function(extension(kTell));
  Invocation first = runtime.invocation(watched);
  Invocation second = runtime.invocation(watched);
  const std::string ids[] = {first.request_id, second.request_id};
  EXPECT_EQ(runtime.invoke(std::move(first)).body, R"("answer")");
  runtime.wait_for_log("told INVOKE " + ids[0]);
  EXPECT_EQ(runtime.invoke(std::move(second)).body, R"("answer")");
  runtime.wait_for_log("told INVOKE " + ids[1]);
  const std::string log = runtime.log_text();
  EXPECT_THAT(
      log,
      HasSubstr(
          R"(watcher registered 200 {"functionName":"test","functionVersion":"$LATEST","handler":"index.handler","accountId":"000000000000"})"));
  EXPECT_THAT(log, HasSubstr("EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE, SHUTDOWN]"));
  EXPECT_LT(log.find("watcher registered"), log.find("handler loads"));
}

TEST_F(ExtensionsTest, AreToldOfTheEnd) {
  const FunctionPtr watched = function(extension(kTell));
  runtime.invoke(watched);
  runtime.runtime().retire(watched->arn);
  runtime.wait_for_log("told SHUTDOWN spindown");
}

TEST_F(ExtensionsTest, AreToldWhyTheRuntimeEnded) {
  const Reply crashed = runtime.invoke(function(extension(kTell), "process.exit(3)"));
  EXPECT_THAT(crashed.outcome.error_json, HasSubstr("exit status 3"));
  runtime.wait_for_log("told SHUTDOWN failure");
  const Reply late = runtime.invoke(function(
      extension(kTell), "await new Promise(() => setTimeout(() => {}, 99999))", std::chrono::seconds(1)));
  EXPECT_EQ(late.outcome.failure, InvokeFailure::kTimeout);
  runtime.wait_for_log("told SHUTDOWN timeout");
}

TEST_F(ExtensionsTest, TheNextEventWaitsForThem) {
  // The extension is busy with the first event until the file is there.
  const FunctionPtr watched =
      function(extension("if (event.eventType === 'INVOKE') { console.log('busy'); while "
                         "(!require('fs').existsSync('/tmp/go')) await new "
                         "Promise((r) => setTimeout(r, 5)); console.log('done'); }"),
               "if (event.go) setTimeout(() => require('fs').writeFileSync('/tmp/go', ''), 50); "
               "console.log('handled'); return 1");
  EXPECT_EQ(runtime.invoke(watched, R"({"go":true})").body, "1") << "the answer does not wait";
  EXPECT_EQ(runtime.invoke(watched).body, "1");
  const std::string log = runtime.log_text();
  EXPECT_LT(log.find("done"), log.rfind("handled"));
}

TEST_F(ExtensionsTest, ThatEndTakeTheSandboxWithThem) {
  const Reply early = runtime.invoke(function("#!/bin/sh\nexit 4\n"));
  EXPECT_THAT(early.outcome.error_json, HasSubstr(R"("errorType":"Extension.Crash")"));
  EXPECT_THAT(early.outcome.error_json, HasSubstr("the extension watcher ended: exit status 4"));
  const Reply during = runtime.invoke(function(extension("if (event.eventType === 'INVOKE') process.exit(5)"),
                                               "await new Promise(() => setTimeout(() => {}, 99999))"));
  EXPECT_THAT(during.outcome.error_json, HasSubstr(R"("errorType":"Extension.Crash")"));
  EXPECT_THAT(during.outcome.error_json, HasSubstr("exit status 5"));
  const Reply reported = runtime.invoke(
      function(extension("", "['INVOKE']",
                         "await call('POST', 'init/error', { ...id, 'Lambda-Extension-Function-Error-Type': "
                         "'Extension.NoKey' }, '{}');")));
  EXPECT_THAT(reported.outcome.error_json, HasSubstr(R"("errorType":"Extension.NoKey")"));
}

TEST_F(ExtensionsTest, BesideACustomRuntime) {
  const std::string hash = layer({{"extensions/watcher", extension(kTell), 0100755}});
  const std::string bootstrap = R"js(#!/usr/bin/env node
const http = require('http');
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const call = (method, path, headers, body) => new Promise((resolve) => {
  http.request({ host, port, method, path, headers }, (answer) => {
    let text = '';
    answer.on('data', (d) => (text += d)).on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
  }).end(body);
});
(async () => {
  console.log('runtime starts');
  const register = (name, events) => call('POST', '/2020-01-01/extension/register', { 'Lambda-Extension-Name': name }, JSON.stringify({ events }));
  const shutdown = await register('inside', ['SHUTDOWN']);
  const again = await register('watcher', ['INVOKE']);
  const inside = await register('inside', ['INVOKE']);
  const id = { 'Lambda-Extension-Identifier': inside.headers['lambda-extension-identifier'] };
  const unknown = await call('GET', '/2020-01-01/extension/event/next', { 'Lambda-Extension-Identifier': 'x' });
  (async () => { for (;;) console.log('inside ' + JSON.parse((await call('GET', '/2020-01-01/extension/event/next', id)).text).eventType); })();
  for (;;) {
    const next = await call('GET', '/2018-06-01/runtime/invocation/next');
    const late = await register('late', ['INVOKE']);
    const said = [shutdown, again, inside, unknown, late].map((r) => r.status + ' ' + (r.status === 200 ? '' : JSON.parse(r.text).errorType));
    await call('POST', `/2018-06-01/runtime/invocation/${next.headers['lambda-runtime-aws-request-id']}/response`, {}, JSON.stringify(said));
  }
})();
)js";
  const FunctionPtr custom = runtime.function({{"bootstrap", bootstrap, 0100755}}, [&](FunctionSpec& spec) {
    spec.runtime_id = "provided.al2023";
    spec.timeout = std::chrono::seconds(20);
    spec.layer_sha256 = {hash};
  });
  EXPECT_EQ(runtime.invoke(custom).body,
            R"(["403 Extension.InvalidEventType","403 Extension.InvalidExtensionState","200 ",)"
            R"("403 Extension.UnknownExtensionIdentifier","403 Extension.RegistrationClosed"])");
  runtime.wait_for_log("inside INVOKE");
  runtime.wait_for_log("told INVOKE");
  const std::string log = runtime.log_text();
  EXPECT_LT(log.find("watcher registered"), log.find("runtime starts"));
  runtime.wait_for_log("REPORT");
  runtime.wait(nothing());  // whoever wrote that has given the sandbox back by now
  runtime.runtime().retire(custom->arn);
  runtime.wait_for_log("told SHUTDOWN spindown");
}

}  // namespace
}  // namespace millrace::runtime
