// The main loop against a Runtime API.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_runtime_api.h"
#include "millrace/function.h"
#include "run_with.h"
#include "text.h"

namespace millrace::function {
namespace {

using harness::FakeRuntimeApi;
using harness::Received;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

int serve(FakeRuntimeApi& api, const Handler& handler) {
  return run_with(api.address(), [&handler] { return handler; });
}

TEST(Run, AnswersEveryEvent) {
  FakeRuntimeApi api({R"({"n":1})", R"({"n":2})"});
  EXPECT_EQ(
      serve(api, buffered([](const Json& event, const Context&) { return event["n"].get<int>() * 10; })), 1)
      << "the Runtime API has gone";
  const auto received = api.received();
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(received[0].path, "invocation/request-1/response");
  EXPECT_EQ(received[0].body, "10");
  EXPECT_EQ(received[1].body, "20");
}

TEST(Run, AConnectionMayEndBetweenEvents) {
  FakeRuntimeApi api({"1", "2", "3"});
  api.close_between = true;
  serve(api, buffered([](const Json& event, const Context&) { return event; }));
  EXPECT_EQ(api.received().size(), 3u);
}

TEST(Run, LargeEventsAndAnswers) {
  const std::string large(3 << 20, 'x');
  FakeRuntimeApi api({"\"" + large + "\""});
  serve(api, buffered([](const Json& event, const Context&) { return event.get<std::string>() + "y"; }));
  ASSERT_EQ(api.received().size(), 1u);
  EXPECT_EQ(api.received()[0].body, "\"" + large + "y\"");
}

TEST(Run, TheContextIsWhatTheHeadersSay) {
  FakeRuntimeApi api({"{}"});
  api.event_headers = {{"lambda-runtime-deadline-ms", "4102444800000"},
                       {"Lambda-Runtime-Invoked-Function-Arn", "arn:f"},
                       {"Lambda-Runtime-Trace-Id", "Root=1-2"},
                       {"Lambda-Runtime-Client-Context", R"({"custom":{}})"}};
  serve(api, buffered([](const Json&, const Context& context) {
          const char* trace = std::getenv("_X_AMZN_TRACE_ID");
          return Json{context.request_id,     context.invoked_function_arn,
                      context.trace_id,       trace == nullptr ? "" : trace,
                      context.client_context, context.remaining() > std::chrono::hours(24)};
        }));
  EXPECT_EQ(api.received().at(0).body,
            R"(["request-1","arn:f","Root=1-2","Root=1-2","{\"custom\":{}}",true])");
}

TEST(Run, ErrorsOfHandlers) {
  FakeRuntimeApi api({"1", "2", "3", "not json"});
  serve(api, buffered([](const Json& event, const Context&) {
          if (event == 1) throw Error("NotFound", "no such \"item\"");
          if (event == 2) throw std::out_of_range("too far");
          if (event == 3) throw 3;
        }));
  const auto received = api.received();
  ASSERT_EQ(received.size(), 4u);
  EXPECT_EQ(received[0].path, "invocation/request-1/error");
  EXPECT_THAT(received[0].headers, Contains(Pair("Lambda-Runtime-Function-Error-Type", "NotFound")));
  EXPECT_EQ(
      Json::parse(received[0].body),
      (Json{{"errorType", "NotFound"}, {"errorMessage", "no such \"item\""}, {"stackTrace", Json::array()}}));
  EXPECT_EQ(Json::parse(received[1].body)["errorType"], "std::out_of_range");
  EXPECT_EQ(Json::parse(received[2].body)["errorType"], "int");
  EXPECT_EQ(Json::parse(received[3].body)["errorType"], "Runtime.UnmarshalError");
}

TEST(Run, WhatInitThrowsIsAnInitError) {
  FakeRuntimeApi api({"1"});
  EXPECT_EQ(run_with(api.address(), []() -> Handler { throw Error("NoTable", "TABLE is not set"); }), 1);
  const auto received = api.received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].path, "init/error");
  EXPECT_EQ(Json::parse(received[0].body)["errorType"], "NoTable");
}

TEST(RunStreaming, BytesArriveBeforeTheNextAreWritten) {
  FakeRuntimeApi api({"{}"});
  bool in_time = true;
  serve(api, streaming([&](const Json&, const Context&, ResponseStream& out) {
          out.set_content_type("text/plain");
          EXPECT_FALSE(out.begun());
          out.write("one");
          EXPECT_TRUE(out.begun());
          in_time = in_time && api.wait_for_chunks(1);
          out.write("");
          out.write("two");
          in_time = in_time && api.wait_for_chunks(2);
        }));
  EXPECT_TRUE(in_time);
  const Received answer = api.received().at(0);
  EXPECT_THAT(answer.chunks, ElementsAre("one", "two"));
  EXPECT_THAT(answer.headers, Contains(Pair("Lambda-Runtime-Function-Response-Mode", "streaming")));
  EXPECT_THAT(answer.headers, Contains(Pair("Content-Type", "text/plain")));
  EXPECT_TRUE(answer.trailers.empty());
}

TEST(RunStreaming, ErrorsComeAsTrailersOnceBytesWereSent) {
  FakeRuntimeApi api({"1", "2"});
  serve(api, streaming([](const Json& event, const Context&, ResponseStream& out) {
          if (event == 1) out.write("part");
          throw Error("Broken", "in the\nmiddle");
        }));
  const auto received = api.received();
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(received[0].path, "invocation/request-1/response");
  EXPECT_EQ(received[0].trailers.at("Lambda-Runtime-Function-Error-Type"), "Broken");
  const auto body = base64_decode(received[0].trailers.at("Lambda-Runtime-Function-Error-Body"));
  EXPECT_EQ(Json::parse(body.value())["errorMessage"], "in the\nmiddle");
  EXPECT_EQ(received[1].path, "invocation/request-1/error") << "nothing was sent yet: an ordinary error";
}

TEST(RunStreaming, AnEmptyAnswerIsOne) {
  FakeRuntimeApi api({"1"});
  serve(api, streaming([](const Json&, const Context&, ResponseStream&) {}));
  ASSERT_EQ(api.received().size(), 1u);
  EXPECT_EQ(api.received()[0].body, "");
  EXPECT_THAT(api.received()[0].headers, Contains(Pair("Transfer-Encoding", "chunked")));
}

TEST(RunStreaming, TheHeadOfAnHttpAnswer) {
  FakeRuntimeApi api({"1"});
  serve(api, streaming([](const Json&, const Context&, ResponseStream& out) {
          out.begin_http({201, {{"x-a", "b"}}, {"c=d"}});
          out.write("body");
          EXPECT_THROW(out.begin_http({}), std::logic_error);
        }));
  const Received answer = api.received().at(0);
  EXPECT_THAT(answer.headers,
              Contains(Pair("Content-Type", "application/vnd.awslambda.http-integration-response")));
  ASSERT_EQ(answer.chunks.size(), 2u);
  EXPECT_EQ(answer.chunks[0],
            R"({"cookies":["c=d"],"headers":{"x-a":"b"},"statusCode":201})" + std::string(8, '\0'));
  EXPECT_EQ(answer.chunks[1], "body");
}

TEST(RunStreaming, AHandlerWhoseReceiverIsGoneEndsAndTheNextEventIsServed) {
  FakeRuntimeApi api({"1", "2"});
  api.hang_up_after_chunks = 2;
  int written = 0;
  serve(api, streaming([&](const Json& event, const Context&, ResponseStream& out) {
          if (event == 2) return out.write("fine");
          const std::string piece(64 << 10, 'x');
          for (;; ++written)
            out.write(piece);
        }));
  EXPECT_GE(written, 2);
  const auto received = api.received();
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(received[1].body, "fine");
}

}  // namespace
}  // namespace millrace::function
