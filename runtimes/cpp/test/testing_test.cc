// The harness that the unit tests of functions use.
#include "millrace/function/testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/function.h"

namespace millrace::function {
namespace {

using harness::call;
using harness::call_text;
using harness::CallOptions;
using harness::Reply;
using ::testing::ElementsAre;

TEST(Calling, ABufferedHandler) {
  const Handler handler = buffered([](const Json& event, const Context& context) {
    if (event.contains("fail")) throw Error("Mine", "m");
    return Json{{"id", context.request_id}, {"enough", context.remaining() > std::chrono::seconds(4)}};
  });
  const Reply reply =
      call(handler, Json::object(), {.remaining = std::chrono::seconds(5), .request_id = "r"});
  EXPECT_EQ(reply.json(), (Json{{"id", "r"}, {"enough", true}}));
  EXPECT_FALSE(reply.streamed);
  EXPECT_FALSE(reply.error);
  EXPECT_EQ(call(handler, Json{{"fail", 1}}).error.value().type, "Mine");
}

TEST(Calling, TypesOfEventsAndAnswers) {
  EXPECT_EQ(call_text(buffered([](const Json&, const Context&) { return std::string("a\"b"); }), "1").body,
            R"("a\"b")");
  EXPECT_EQ(call_text(buffered([](const Json&, const Context&) { return RawJson{"[1]"}; }), "1").body, "[1]");
  EXPECT_EQ(call_text(buffered([](const Json&, const Context&) {}), "1").body, "null");
  EXPECT_EQ(call_text(buffered<std::string_view>(
                          [](std::string_view event, const Context&) { return event.size(); }),
                      "no json")
                .body,
            "7");
  EXPECT_EQ(call_text(buffered<DynamoDbEvent>(
                          [](const DynamoDbEvent& event, const Context&) { return event.records.size(); }),
                      R"({"Records":[]})")
                .body,
            "0");
  EXPECT_EQ(call_text(buffered<DynamoDbEvent>([](const DynamoDbEvent&, const Context&) {}), "{}")
                .error.value()
                .type,
            "Runtime.UnmarshalError");
  EXPECT_EQ(
      call_text(buffered([count = 0](const Json&, const Context&) mutable { return ++count; }), "1").body,
      "1");
}

TEST(Calling, AStreamingHandler) {
  const Handler handler = streaming([](const Json& event, const Context&, ResponseStream& out) {
    if (event.contains("status")) out.begin_http({event["status"].get<int>(), {{"a", "b"}}, {}});
    out.write("one");
    out.write("two");
    if (event.contains("fail")) throw Error("Mine", "m");
  });
  const Reply plain = call(handler, Json::object());
  EXPECT_THAT(plain.chunks, ElementsAre("one", "two"));
  EXPECT_EQ(plain.body, "onetwo");
  EXPECT_EQ(plain.content_type, "application/octet-stream");
  EXPECT_FALSE(plain.head);
  const Reply http = call(handler, Json{{"status", 404}});
  EXPECT_EQ(http.head.value().status, 404);
  EXPECT_EQ(http.head->headers.at("a"), "b");
  EXPECT_THAT(http.chunks, ElementsAre("one", "two"));
  EXPECT_EQ(call(handler, Json{{"fail", 1}}).error.value().type, "Mine");
}

TEST(Calling, AReceiverThatLeaves) {
  int after = 0;
  const Handler handler = streaming([&](const Json&, const Context&, ResponseStream& out) {
    for (;; ++after)
      out.write("x");
  });
  const Reply reply = call(handler, Json::object(), {.receiver_takes = 3});
  EXPECT_EQ(reply.body, "xxx");
  EXPECT_EQ(after, 3);
  EXPECT_FALSE(reply.error);
}

}  // namespace
}  // namespace millrace::function
