// Streamed answers: bytes to the letter, back-pressure, errors in the middle, receivers that leave.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/redirect_error.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/runtime_testing.h"
#include "runtime/sandbox.h"

namespace millrace::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Reply;
using testing::TestRuntime;

const std::string kHttp = "application/vnd.awslambda.http-integration-response";
const std::string kOctets = "application/octet-stream";

class StreamingTest : public ::testing::Test {
 protected:
  // A streaming handler with this body; `out` is the response stream.
  FunctionPtr handler(const std::string& body, const std::function<void(FunctionSpec&)>& adjust = {}) {
    return runtime.js(
        "const { pipeline } = require('stream/promises'); const { Readable } = require('stream');"
        "exports.handler = awslambda.streamifyResponse(async (event, out, context) => { " +
            body + " })",
        adjust);
  }
  TestRuntime runtime{[](RuntimeOptions& options) { options.handover_patience = std::chrono::seconds(10); }};
};

TEST_F(StreamingTest, BytesAsWritten) {
  const Reply reply =
      runtime.invoke(handler("out.write('a'); out.write(Buffer.from('b')); out.write(new Uint8Array([99]));"
                             "out.write([{ id: 1 }]); out.write({ n: 2 }); out.end()"));
  EXPECT_EQ(reply.body, R"(abc[{"id":1}]{"n":2})");
  EXPECT_EQ(reply.content_type, kOctets);
  EXPECT_TRUE(reply.streamed);
  EXPECT_EQ(reply.outcome.failure, InvokeFailure::kNone);
}

TEST_F(StreamingTest, PreludeOfHttpAnswers) {
  const Reply reply =
      runtime.invoke(handler("out = awslambda.HttpResponseStream.from(out, { statusCode: 201, headers: { a: "
                             "'b' } }); out.write('body'); out.end()"));
  EXPECT_EQ(reply.content_type, kHttp);
  EXPECT_EQ(reply.body, R"({"statusCode":201,"headers":{"a":"b"}})" + std::string(8, '\0') + "body");

  const Reply empty =
      runtime.invoke(handler("awslambda.HttpResponseStream.from(out, {}); out.write(''); out.end()"));
  EXPECT_EQ(empty.body, "{}" + std::string(8, '\0'));

  // As on AWS: without a write there is no prelude, and end(text) goes out bare.
  const Reply none = runtime.invoke(handler("awslambda.HttpResponseStream.from(out, {}); out.end()"));
  EXPECT_EQ(none.body, "");
  EXPECT_EQ(none.content_type, kHttp);
  const Reply bare = runtime.invoke(handler("awslambda.HttpResponseStream.from(out, {}); out.end('text')"));
  EXPECT_EQ(bare.body, "text");
}

TEST_F(StreamingTest, ContentTypes) {
  EXPECT_EQ(
      runtime.invoke(handler("out.setContentType('text/html'); out.write('x'); out.end()")).content_type,
      "text/html");
  const Reply late = runtime.invoke(handler("out.write('x'); out.setContentType('text/html'); out.end()"));
  EXPECT_EQ(late.outcome.failure, InvokeFailure::kHandled);
  EXPECT_TRUE(late.outcome.answer_began);
  EXPECT_THAT(
      late.outcome.error_json,
      HasSubstr(
          R"({"errorType":"Runtime.InvalidStreamingOperation","errorMessage":"Cannot set content-type, too late.")"));
}

TEST_F(StreamingTest, Pipelines) {
  const Reply zipped =
      runtime.invoke(handler("const zlib = require('zlib'); await pipeline(Readable.from(['hello ', "
                             "'world']), zlib.createGzip(), zlib.createGunzip(), out)"));
  EXPECT_EQ(zipped.body, "hello world");
  const Reply promised = runtime.invoke(handler(
      "await require('util').promisify(require('stream').pipeline)(Readable.from([Buffer.alloc(300000, "
      "'z')]), out)"));
  EXPECT_EQ(promised.body, std::string(300000, 'z'));
  const Reply broken = runtime.invoke(
      handler("await pipeline(async function* () { yield 'part'; throw new TypeError('source') }, out)"));
  EXPECT_EQ(broken.body, "part");
  EXPECT_TRUE(broken.outcome.answer_began);
  EXPECT_THAT(broken.outcome.error_json, HasSubstr(R"({"errorType":"TypeError","errorMessage":"source")"));
}

TEST_F(StreamingTest, ErrorsBeforeAndAfterTheFirstByte) {
  const Reply before = runtime.invoke(handler("throw new TypeError('early')"));
  EXPECT_FALSE(before.outcome.answer_began);
  EXPECT_EQ(before.outcome.failure, InvokeFailure::kHandled);
  EXPECT_THAT(before.outcome.error_json, HasSubstr(R"({"errorType":"TypeError","errorMessage":"early")"));
  const auto middle_of =
      handler("out.write('some'); if (!event.ok) throw new TypeError('middle'); out.end()");
  const Reply middle = runtime.invoke(middle_of);
  EXPECT_TRUE(middle.outcome.answer_began);
  EXPECT_EQ(middle.body, "some");
  EXPECT_THAT(middle.outcome.error_json, HasSubstr("middle"));
  EXPECT_EQ(runtime.invoke(middle_of, R"({"ok":true})").outcome.init_duration.count(), 0)
      << "the sandbox lives on";
  const Reply died = runtime.invoke(handler(
      "out.write('some'); setTimeout(() => { throw new Error('later') }, 1); await new Promise(() => {})"));
  EXPECT_TRUE(died.outcome.answer_began);
  EXPECT_THAT(died.outcome.error_json, HasSubstr("later"));
}

TEST_F(StreamingTest, HandlersThatDoItWrong) {
  const Reply plain = runtime.invoke(
      runtime.js("exports.handler = awslambda.streamifyResponse((e, out) => { out.write('x'); out.end() })"));
  EXPECT_EQ(plain.outcome.failure, InvokeFailure::kNone) << "the answer was already complete";
  const Reply not_async = runtime.invoke(
      runtime.js("exports.handler = awslambda.streamifyResponse((e, out) => { out.write('x') })"));
  EXPECT_THAT(
      not_async.outcome.error_json,
      HasSubstr(R"({"errorType":"string","errorMessage":"Streaming does not support non-async handlers.")"));
  const Reply returned = runtime.invoke(handler("out.write('x'); out.end(); return 5"));
  EXPECT_EQ(returned.body, "x");
  runtime.wait_for_log("WARN\tStreaming handlers ignore return values.");
  const Reply hangs = runtime.invoke(
      handler("out.write('x')", [](FunctionSpec& spec) { spec.timeout = std::chrono::milliseconds(200); }));
  EXPECT_EQ(hangs.outcome.failure, InvokeFailure::kTimeout);
  EXPECT_TRUE(hangs.outcome.answer_began);
  EXPECT_EQ(hangs.body, "x");
}

TEST_F(StreamingTest, AnswerEndsBeforeTheHandlerDoes) {
  // The client has its last byte while a timer still runs; the next event waits for neither in another process.
  const auto function = handler("out.end('done'); setTimeout(() => console.log('afterwards'), 50)");
  EXPECT_EQ(runtime.invoke(function).body, "done");
  runtime.wait_for_log("afterwards");
  runtime.wait_for_log("REPORT");
  Invocation with_tail = runtime.invocation(function);
  with_tail.want_log_tail = true;
  const Reply reply = runtime.invoke(std::move(with_tail));
  EXPECT_THAT(reply.outcome.log_tail, HasSubstr("afterwards\nEND"));
}

TEST_F(StreamingTest, OneProcessAnswersOneAfterTheOther) {
  const auto function = handler("global.calls = (global.calls ?? 0) + 1; out.end('' + calls)");
  for (int i = 1; i <= 20; ++i)
    EXPECT_EQ(runtime.invoke(function).body, std::to_string(i));
}

// Takes the first bytes and then nothing until it is let go.
class SlowSink : public ResponseSink {
 public:
  explicit SlowSink(boost::asio::io_context& context) : gate_(context) {
    gate_.expires_at(base::SteadyTime::max());
  }
  base::Task<bool> begin(std::string_view, bool) override { co_return true; }
  base::Task<bool> write(std::string_view bytes) override {
    taken += bytes.size();
    if (bytes.find("first") != std::string_view::npos) first.set_value();
    if (!open_) {
      boost::system::error_code ignored;
      auto token = boost::asio::redirect_error(boost::asio::use_awaitable, ignored);
      co_await gate_.async_wait(token);
    }
    co_return true;
  }
  void let_go() {
    open_ = true;
    gate_.cancel();
  }
  std::promise<void> first;
  std::atomic<std::size_t> taken{0};

 private:
  boost::asio::steady_timer gate_;
  bool open_ = false;
};

TEST_F(StreamingTest, EachWriteArrivesBeforeTheNextAndASlowReceiverSlowsTheFunction) {
  const auto function = handler(
      "const fs = require('fs'); out.write('first');"
      "while (!fs.existsSync(event.signal)) await new Promise((r) => setTimeout(r, 2));"
      "const piece = Buffer.alloc(65536); let sent = 0, blocked = false;"
      "const watch = setInterval(() => { if (sent === watch.last && !blocked) { blocked = true; "
      "console.log('blocked after ' + sent + ' bytes') } watch.last = sent }, 50);"
      "for (let i = 0; i < 640; i++) { if (!out.write(piece)) await new Promise((r) => out.once('drain', "
      "r)); sent += piece.length }"
      "clearInterval(watch); out.end()",
      [](FunctionSpec& spec) { spec.timeout = std::chrono::seconds(20); });
  SlowSink sink(runtime.context(0));
  auto answer = boost::asio::co_spawn(
      runtime.context(0), runtime.start(runtime.invocation(function, R"({"signal":"seen"})"), sink),
      boost::asio::use_future);
  sink.first.get_future().get();  // while the handler waits for the file, which appears in its package
  const auto tree = runtime.wait(runtime.code().unpacked(function->code_sha256, layout_of(*function)));
  std::filesystem::permissions(*tree, std::filesystem::perms::owner_all, std::filesystem::perm_options::add);
  std::ofstream(*tree + "/seen").put('x');
  runtime.wait_for_log("blocked after ");
  const std::string log = runtime.log_text();
  const std::size_t at = log.find("blocked after ") + 14;
  EXPECT_LT(std::stoul(log.substr(at)), 4u << 20) << "sockets and streams hold a bounded amount";
  boost::asio::post(runtime.context(0), [&sink] { sink.let_go(); });
  EXPECT_EQ(answer.get().failure, InvokeFailure::kNone);
  EXPECT_EQ(sink.taken, 640u * 65536 + 5);
}

class CountingSink : public ResponseSink {
 public:
  base::Task<bool> begin(std::string_view, bool) override { co_return true; }
  base::Task<bool> write(std::string_view bytes) override {
    taken += bytes.size();
    co_return taken < limit;
  }
  std::size_t taken = 0;
  std::size_t limit = SIZE_MAX;
};

TEST_F(StreamingTest, TwoHundredMegabytesInFlatMemory) {
  const auto function = handler(
      "const piece = Buffer.alloc(65536, 'm'); await pipeline(function* () { for (let i = 0; i < 3200; i++) "
      "yield piece }, out)",
      [](FunctionSpec& spec) { spec.timeout = std::chrono::seconds(30); });
  runtime.invoke(handler("out.end('warm')"));
  const std::uint64_t before = resident_kb(::getpid());
  CountingSink sink;
  const InvokeOutcome outcome = runtime.wait(runtime.start(runtime.invocation(function), sink));
  EXPECT_EQ(outcome.failure, InvokeFailure::kNone);
  EXPECT_EQ(sink.taken, 3200u * 65536);
  EXPECT_LT(outcome.max_memory_mb, 128u);
  EXPECT_LT(resident_kb(::getpid()), before + (16u << 10));
}

TEST_F(StreamingTest, AReceiverThatLeavesEndsTheWork) {
  const auto function = handler(
      "global.calls = (global.calls ?? 0) + 1; if (event.count) { out.write('' + calls); return out.end() }"
      "try { await pipeline(async function* () { for (;;) { yield 'x'; await new Promise((r) => "
      "setTimeout(r, 1)) } }, out) }"
      "finally { console.log('stopped') }",
      [](FunctionSpec& spec) { spec.timeout = std::chrono::seconds(20); });
  CountingSink sink;
  sink.limit = 3;
  const InvokeOutcome outcome = runtime.wait(runtime.start(runtime.invocation(function), sink));
  EXPECT_EQ(outcome.failure, InvokeFailure::kCancelled);
  runtime.wait_for_log("stopped");
  runtime.wait_for_log("REPORT");
  EXPECT_EQ(runtime.invoke(function, R"({"count":true})").body, "2") << "the same process";
}

TEST_F(StreamingTest, AHandlerThatDoesNotNoticeIsReplaced) {
  const auto function = handler("out.write('x'); console.log('started'); while (true);",
                                [](FunctionSpec& spec) { spec.timeout = std::chrono::seconds(20); });
  boost::asio::cancellation_signal cancel;
  std::promise<InvokeFailure> ended;
  CountingSink sink;
  boost::asio::co_spawn(runtime.context(0), runtime.start(runtime.invocation(function), sink),
                        boost::asio::bind_cancellation_slot(
                            cancel.slot(), [&ended](std::exception_ptr error, InvokeOutcome outcome) {
                              EXPECT_EQ(error, nullptr);
                              ended.set_value(outcome.failure);
                            }));
  runtime.wait_for_log("started");
  boost::asio::post(runtime.context(0), [&cancel] { cancel.emit(boost::asio::cancellation_type::terminal); });
  EXPECT_EQ(ended.get_future().get(), InvokeFailure::kCancelled);
  runtime.wait_for_log("REPORT");  // after cancel_patience
  EXPECT_THAT(runtime.log_text(), Not(HasSubstr("timed out")));
}

TEST_F(StreamingTest, ABufferedHandlerRunsOnWhenItsCallerLeaves) {
  const auto function = runtime.js(
      "exports.handler = async () => { console.log('started'); await new Promise((r) => setTimeout(r, 100)); "
      "console.log('ended') }");
  boost::asio::cancellation_signal cancel;
  std::promise<InvokeFailure> ended;
  CountingSink sink;
  boost::asio::co_spawn(
      runtime.context(1), runtime.start(runtime.invocation(function), sink),
      boost::asio::bind_cancellation_slot(cancel.slot(), [&ended](std::exception_ptr, InvokeOutcome outcome) {
        ended.set_value(outcome.failure);
      }));
  runtime.wait_for_log("started");
  boost::asio::post(runtime.context(1), [&cancel] { cancel.emit(boost::asio::cancellation_type::terminal); });
  EXPECT_EQ(ended.get_future().get(), InvokeFailure::kCancelled);
  runtime.wait_for_log("ended");
  runtime.wait_for_log("REPORT");
}

TEST_F(StreamingTest, SpreadOverThreadsAndProcesses) {
  const auto slow = runtime.js(
      "let n = 0; exports.handler = async (e) => { await new Promise((r) => setTimeout(r, 30)); return "
      "process.pid }");
  const auto crash = runtime.js("exports.handler = async () => process.exit(9)");
  std::vector<Reply> replies(12);
  std::vector<std::unique_ptr<testing::RecordingSink>> sinks;
  std::vector<std::future<InvokeOutcome>> outcomes;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    sinks.push_back(std::make_unique<testing::RecordingSink>(replies[i]));
    outcomes.push_back(boost::asio::co_spawn(
        runtime.context(i % 2), runtime.start(runtime.invocation(i % 6 == 5 ? crash : slow), *sinks[i]),
        boost::asio::use_future));
  }
  for (std::size_t i = 0; i < replies.size(); ++i) {
    EXPECT_EQ(outcomes[i].get().failure, i % 6 == 5 ? InvokeFailure::kCrashed : InvokeFailure::kNone) << i;
  }
}

}  // namespace
}  // namespace millrace::runtime
