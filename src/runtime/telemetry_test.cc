// The Telemetry API: what is asked for, what is buffered, and what an extension in a sandbox gets to hear.
#include "runtime/telemetry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/room.h"
#include "runtime/runtime_testing.h"

namespace millrace::runtime {
namespace {

using ::testing::HasSubstr;
using testing::make_zip;
using ::testing::Not;
using testing::Reply;
using testing::TestRuntime;

std::string wish_json(const std::string& more = "",
                      const std::string& uri = "http://sandbox.localdomain:4243/in") {
  return R"({"schemaVersion":"2022-12-13","types":["platform","function"],"destination":{"protocol":"HTTP","URI":")" +
         uri + "\"}" + more + "}";
}

std::string problem(const std::string& body, TelemetryApi api = TelemetryApi::kTelemetry) {
  const auto wish = read_telemetry_wish(api, body);
  return wish ? "" : wish.error();
}

TEST(TelemetryWish, IsReadWithAwssDefaultsAndLimits) {
  const auto wish = read_telemetry_wish(TelemetryApi::kTelemetry, wish_json());
  ASSERT_TRUE(wish) << wish.error();
  EXPECT_EQ(wish->port, 4243);
  EXPECT_EQ(wish->path, "/in");
  EXPECT_TRUE(wish->wants(TelemetryKind::kFunction));
  EXPECT_FALSE(wish->wants(TelemetryKind::kExtension));
  EXPECT_EQ(wish->max_items, 10000u);
  EXPECT_EQ(wish->max_bytes, 262144u);
  EXPECT_EQ(wish->timeout.count(), 1000);
  const auto buffered =
      read_telemetry_wish(TelemetryApi::kTelemetry,
                          wish_json(R"(,"buffering":{"maxItems":1000,"maxBytes":1048576,"timeoutMs":25})"));
  EXPECT_EQ(buffered->max_bytes, 1048576u);
  EXPECT_EQ(buffered->timeout.count(), 25);
}

TEST(TelemetryWish, SaysAllThatIsWrong) {
  EXPECT_EQ(problem("[]"), "the body is not a JSON object");
  EXPECT_EQ(
      problem(
          R"({"schemaVersion":"2022-07-01","destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain"}})"),
      "URI port is not provided; types should not be empty");
  EXPECT_EQ(problem(wish_json(R"(,"buffering":{"timeoutMs":24})")),
            "buffering.timeoutMs must be a number from 25 to 30000");
  EXPECT_EQ(problem(wish_json("", "http://example.com:80")), "URI host must be sandbox.localdomain");
  EXPECT_EQ(problem(wish_json("", "https://sandbox.localdomain:80")), "URI scheme must be http");
  EXPECT_EQ(problem(wish_json("", "http://sandbox.localdomain:9001")), "URI port 9001 is reserved");
  EXPECT_EQ(problem(wish_json(), TelemetryApi::kLogs), "schemaVersion is not known");
}

TEST(TelemetryWish, EventsAreInTheWordsOfTheApi) {
  auto wish = *read_telemetry_wish(TelemetryApi::kTelemetry, wish_json());
  TelemetryEvent line;
  line.kind = TelemetryKind::kFunction;
  line.type = "function";
  line.record = R"({"level":"INFO"})";
  EXPECT_EQ(encode_telemetry(wish, line),
            R"({"time":"1970-01-01T00:00:00.000Z","type":"function","record":"{\"level\":\"INFO\"}"})");
  line.structured = true;
  EXPECT_EQ(encode_telemetry(wish, line),
            R"({"time":"1970-01-01T00:00:00.000Z","type":"function","record":{"level":"INFO"}})");
  line.record = "caf\xe9";
  EXPECT_THAT(encode_telemetry(wish, line), HasSubstr("\"caf\xef\xbf\xbd\""));
  TelemetryEvent start;
  start.type = "platform.initStart";
  start.record = "{}";
  EXPECT_THAT(encode_telemetry(wish, start), HasSubstr(R"("type":"platform.initStart")"));
  wish.api = TelemetryApi::kLogs;
  wish.schema = "2020-08-15";
  EXPECT_EQ(encode_telemetry(wish, start), "");
  start.type = "platform.runtimeDone";
  EXPECT_EQ(encode_telemetry(wish, start), "");
  start.type = "platform.telemetrySubscription";
  EXPECT_THAT(encode_telemetry(wish, start), HasSubstr(R"("type":"platform.logsSubscription")"));
}

// Subscribes, and prints on stdout what it gets: on a POST each event on a line as "got <json>".
std::string subscriber(const std::string& types, const std::string& more = "") {
  return R"js(#!/usr/bin/env node
const http = require('http');
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const call = (method, path, headers, body) => new Promise((resolve, reject) => {
  const request = http.request({ host, port, method, path, headers }, (answer) => {
    let text = '';
    answer.on('data', (d) => (text += d)).on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
  });
  request.on('error', reject);
  request.end(body);
});
const log = (text) => require('fs').appendFileSync('/tmp/seen', text + '\n');
const listener = http.createServer((request, response) => {
  let text = '';
  request.on('data', (d) => (text += d)).on('end', () => {
    for (const event of JSON.parse(text)) log(JSON.stringify(event));
    response.end();
  });
});
(async () => {
  const mine = await call('POST', '/2020-01-01/extension/register', { 'Lambda-Extension-Name': 'watcher' }, JSON.stringify({ events: ['INVOKE', 'SHUTDOWN'] }));
  const id = { 'Lambda-Extension-Identifier': mine.headers['lambda-extension-identifier'] };
  await new Promise((resolve) => listener.listen(4243, 'sandbox.localdomain', resolve));
  const wish = { schemaVersion: '2022-12-13', types: )js" +
         types +
         R"js(, buffering: { timeoutMs: 25 }, destination: { protocol: 'HTTP', URI: 'http://sandbox.localdomain:4243/' } };
  const said = await call('PUT', '/2022-07-01/telemetry', id, JSON.stringify(wish));
  log(`said ${said.status} ${said.text}`);
  )js" + more +
         R"js(
  for (;;) {
    const event = JSON.parse((await call('GET', '/2020-01-01/extension/event/next', id)).text);
    if (event.eventType === 'SHUTDOWN') {
      setTimeout(() => { for (const line of require('fs').readFileSync('/tmp/seen', 'utf8').split('\n')) console.log('at the end ' + line); process.exit(0); }, 300);
    }
  }
})();
)js";
}

class TelemetryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string why = why_no_rooms();
    if (!why.empty()) GTEST_SKIP() << "sandboxes have no addresses of their own without namespaces: " << why;
    runtime = std::make_unique<TestRuntime>();
  }
  FunctionPtr function(const std::string& program, const std::string& body) {
    const auto stored = runtime->wait(
        runtime->code().put(make_zip({{"extensions/watcher", program, 0100755}}), CodeLayout::kPlain));
    return runtime->js("exports.handler = async (event) => {" + body + "}", [&](FunctionSpec& spec) {
      spec.layer_sha256 = {stored->sha256_hex};
      spec.timeout = std::chrono::seconds(20);
    });
  }
  // What the extension heard, once all of `wanted` is there. The handler reads it, as both have one /tmp.
  std::string seen(const FunctionPtr& watched, const std::vector<std::string>& wanted) {
    std::string text;
    for (int i = 0; i < 400; ++i) {
      text = runtime->invoke(watched, R"({"read":true})").body;
      bool all = true;
      for (const std::string& one : wanted)
        all = all && text.find(one) != std::string::npos;
      if (all) return text;
    }
    ADD_FAILURE() << "heard only " << text;
    return text;
  }
  std::unique_ptr<TestRuntime> runtime;
};

constexpr const char* kHandler =
    "if (event.read) return require('fs').readFileSync('/tmp/seen', 'utf8').replaceAll('\"', \"'\");"
    "console.log('a line of the function'); return 'answer'";

TEST_F(TelemetryTest, ASubscriberHearsOfInitInvocationsAndLines) {
  const FunctionPtr watched =
      function(subscriber("['platform', 'function', 'extension']", "console.log('a line of the extension');"),
               kHandler);
  Invocation first = runtime->invocation(watched);
  const std::string id = first.request_id;
  EXPECT_EQ(runtime->invoke(std::move(first)).body, R"("answer")");
  const std::string heard = seen(
      watched, {"said 200 'OK'", "platform.initStart", "platform.initRuntimeDone", "platform.initReport",
                "'type':'platform.telemetrySubscription','record':{'name':'watcher','state':'Subscribed',"
                "'types':['platform','function','extension']}",
                "'type':'platform.extension','record':{'name':'watcher','state':'Ready','events':['INVOKE','"
                "SHUTDOWN']}",
                "'type':'platform.start','record':{'requestId':'" + id,
                "'type':'platform.runtimeDone','record':{'requestId':'" + id + "','status':'success'",
                "'type':'platform.report','record':{'requestId':'" + id, "'producedBytes':8"});
  EXPECT_THAT(heard, HasSubstr("a line of the function"));
  EXPECT_THAT(heard, HasSubstr("'type':'extension','record':'a line of the extension'"));
  EXPECT_LT(heard.find("platform.initStart"), heard.find("platform.initReport"));
  EXPECT_LT(heard.find("platform.initReport"), heard.find("platform.start'"));
  EXPECT_LT(heard.find("a line of the function"), heard.find("platform.runtimeDone"));
  EXPECT_THAT(
      runtime->log_text(),
      HasSubstr("TELEMETRY\tName: watcher\tState: Subscribed\tTypes: [Platform, Function, Extension]"));
}

TEST_F(TelemetryTest, OnlyWhatWasAskedFor) {
  const FunctionPtr watched = function(subscriber("['function']"), kHandler);
  EXPECT_EQ(runtime->invoke(watched).body, R"("answer")");
  const std::string heard = seen(watched, {"a line of the function"});
  EXPECT_THAT(heard, Not(HasSubstr("platform.")));
}

TEST_F(TelemetryTest, TheEndIsHeardOfBeforeItComes) {
  const FunctionPtr watched = function(subscriber("['platform']"), "process.exit(3)");
  const Reply reply = runtime->invoke(watched);
  EXPECT_EQ(reply.outcome.failure, InvokeFailure::kCrashed);
  runtime->wait_for_log("at the end {\"time\"");
  runtime->wait_for_log("platform.report\",\"record\":{\"requestId\":");
}

TEST_F(TelemetryTest, TwoSandboxesListenOnOnePort) {
  const FunctionPtr watched =
      function(subscriber("['function']"),
               "if (event.read) return require('fs').readFileSync('/tmp/seen', 'utf8');"
               "console.log('mine is ' + event.name); if (event.wait) await new Promise((r) => setTimeout(r, "
               "1500)); return 1");
  Reply first;
  testing::RecordingSink sink(first);
  Invocation slow = runtime->invocation(watched, R"({"name":"first","wait":true})");
  auto under_way = boost::asio::co_spawn(runtime->context(0), runtime->start(std::move(slow), sink),
                                         boost::asio::use_future);
  runtime->wait_for_log("mine is first");
  EXPECT_EQ(runtime->invoke(watched, R"({"name":"second"})").body, "1")
      << "its extension could listen as well";
  under_way.get();
  EXPECT_EQ(first.body, "1");
}

TEST_F(TelemetryTest, SubscriptionsEndWithInit) {
  const FunctionPtr watched = function(
      subscriber(
          "['platform']",
          "const other = await call('PUT', '/2020-08-15/logs', id, JSON.stringify({ ...wish, schemaVersion: "
          "'2020-08-15' })); log('other ' + other.status + ' ' + other.text);"
          "const none = await call('PUT', '/2022-07-01/telemetry', { 'Lambda-Extension-Identifier': 'x' }, "
          "'{}'); log('none ' + none.status);"
          "const bad = await call('PUT', '/2022-07-01/telemetry/', id, '{}'); log('bad ' + bad.status + ' ' "
          "+ bad.text);"
          "setTimeout(async () => { const late = await call('PUT', '/2022-07-01/telemetry', id, "
          "JSON.stringify(wish)); log('late ' + late.status + ' ' + late.text); }, 800);"),
      kHandler);
  runtime->invoke(watched);
  seen(watched, {"other 403 {'errorType':'Logs.AlreadySubscribed'", "none 403",
                 "bad 400 {'errorType':'ValidationError'"});
  runtime->runtime().retire(watched->arn);
}

}  // namespace
}  // namespace millrace::runtime
