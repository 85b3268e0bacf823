// Typed events from what the services send.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/function.h"
#include "text.h"

namespace millrace::function {
namespace {

using ::testing::ElementsAre;

TEST(AttributeValues, EveryTypeThereAndBack) {
  const Json json = Json::parse(
      R"({"M":{"s":{"S":"text"},"n":{"N":"12345678901234567890123456789012345678"},"b":{"B":"AAEC"},
    "yes":{"BOOL":true},"nothing":{"NULL":true},"l":{"L":[{"S":"a"},{"L":[]}]},"m":{"M":{}},
    "ss":{"SS":["a","b"]},"ns":{"NS":["1","2.5"]},"bs":{"BS":["AA==","/w=="]}}})");
  const auto value = json.get<AttributeValue>();
  EXPECT_EQ(value.m().at("s").s(), "text");
  EXPECT_EQ(value.m().at("n").n().text, "12345678901234567890123456789012345678");
  EXPECT_EQ(std::get<Binary>(value.m().at("b").value).bytes, std::string("\0\1\2", 3));
  EXPECT_TRUE(value.m().at("nothing").is_null());
  EXPECT_EQ(value.m().at("l").l().size(), 2u);
  EXPECT_EQ(Json(value), json);
}

TEST(AttributeValues, Numbers) {
  EXPECT_EQ((Number{"-42"}).as_integer(), -42);
  EXPECT_DOUBLE_EQ((Number{"2.5"}).as_double(), 2.5);
  EXPECT_THROW((Number{"2.5"}).as_integer(), Error);
  EXPECT_THROW((Number{"99999999999999999999"}).as_integer(), Error);
}

TEST(AttributeValues, WhatIsNone) {
  for (const char* text : {R"({})", R"({"S":"a","N":"1"})", R"({"X":1})", R"([])", R"({"B":"*"})"})
    EXPECT_THROW(Json::parse(text).get<AttributeValue>(), Error) << text;
}

TEST(AttributeValues, FromCpp) {
  EXPECT_EQ(Json(AttributeValue(std::string("a"))), (Json{{"S", "a"}}));
  EXPECT_EQ(Json(AttributeValue(Number{"1"})), (Json{{"N", "1"}}));
  EXPECT_EQ(Json(AttributeValue(true)), (Json{{"BOOL", true}}));
}

TEST(Events, DynamoDb) {
  const auto event =
      Json::parse(
          R"({"Records":[{"eventID":"e1","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb",
    "awsRegion":"eu-west-1","eventSourceARN":"arn:s","dynamodb":{"ApproximateCreationDateTime":1700000000.5,"Keys":{"id":{"S":"1"}},
    "NewImage":{"id":{"S":"1"},"v":{"N":"2"}},"SequenceNumber":"100","SizeBytes":26,"StreamViewType":"NEW_IMAGE"}},
    {"eventName":"REMOVE","userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},"dynamodb":{"Keys":{}}}]})")
          .get<DynamoDbEvent>();
  ASSERT_EQ(event.records.size(), 2u);
  const DynamoDbRecord& first = event.records[0];
  EXPECT_EQ(first.event_name, "MODIFY");
  EXPECT_EQ(first.region, "eu-west-1");
  EXPECT_EQ(first.sequence_number, "100");
  EXPECT_EQ(first.size_bytes, 26);
  EXPECT_DOUBLE_EQ(first.created, 1700000000.5);
  EXPECT_EQ(first.new_image.value().at("v").n().as_integer(), 2);
  EXPECT_FALSE(first.old_image);
  EXPECT_FALSE(first.by_time_to_live);
  EXPECT_TRUE(event.records[1].by_time_to_live);
  EXPECT_FALSE(event.window);
}

TEST(Events, Windows) {
  const auto event =
      Json::parse(R"({"Records":[],"window":{"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:01:00Z"},
    "state":{"sum":3},"shardId":"shard-1","isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false})")
          .get<DynamoDbEvent>();
  ASSERT_TRUE(event.window);
  EXPECT_EQ(event.window->state["sum"], 3);
  EXPECT_TRUE(event.window->is_final);
  EXPECT_FALSE(event.window->terminated_early);
  EXPECT_EQ(Json(WindowResponse{{{"sum", 4}}, {"7"}}).dump(),
            R"({"batchItemFailures":[{"itemIdentifier":"7"}],"state":{"sum":4}})");
}

TEST(Events, Kinesis) {
  const auto event =
      Json::parse(R"({"Records":[{"kinesis":{"partitionKey":"k","sequenceNumber":"9","data":"aGVsbG8=",
    "approximateArrivalTimestamp":1700000000.25},"eventID":"shardId-0:9","eventSourceARN":"arn:k","awsRegion":"us-east-1"}]})")
          .get<KinesisEvent>();
  EXPECT_EQ(event.records.at(0).data, "hello");
  EXPECT_EQ(event.records[0].partition_key, "k");
  EXPECT_DOUBLE_EQ(event.records[0].arrived, 1700000000.25);
}

TEST(Events, Sqs) {
  const auto event =
      Json::parse(
          R"({"Records":[{"messageId":"m1","receiptHandle":"r","body":"b","attributes":{"ApproximateReceiveCount":"2"},
    "messageAttributes":{"a":{"stringValue":"1","dataType":"Number"},"c":{"binaryValue":"AA==","dataType":"Binary"}},
    "md5OfBody":"x","eventSourceARN":"arn:q","awsRegion":"us-east-1"}]})")
          .get<SqsEvent>();
  const SqsMessage& message = event.messages.at(0);
  EXPECT_EQ(message.message_id, "m1");
  EXPECT_EQ(message.attributes.at("ApproximateReceiveCount"), "2");
  EXPECT_EQ(message.message_attributes.at("a").value, "1");
  EXPECT_EQ(message.message_attributes.at("c").value, std::string(1, '\0'));
  EXPECT_EQ(Json(BatchResponse{{"m1"}}).dump(), R"({"batchItemFailures":[{"itemIdentifier":"m1"}]})");
}

TEST(Events, Http) {
  const auto request =
      Json::parse(R"({"version":"2.0","rawPath":"/a%20b","rawQueryString":"x=1&x=2","cookies":["c=1"],
    "headers":{"content-type":"image/png"},"queryStringParameters":{"x":"1,2"},"requestContext":{"domainName":"d","requestId":"r",
    "timeEpoch":1700000000000,"http":{"method":"POST","path":"/a b","protocol":"HTTP/1.1","sourceIp":"1.2.3.4","userAgent":"u"}},
    "body":"AP8=","isBase64Encoded":true})")
          .get<HttpRequest>();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/a%20b");
  EXPECT_EQ(request.query.at("x"), "1,2");
  EXPECT_EQ(request.body, std::string("\0\xff", 2));
  EXPECT_EQ(request.header("content-type"), "image/png");
  EXPECT_EQ(request.header("none"), "");
  EXPECT_EQ(request.source_ip, "1.2.3.4");
  EXPECT_EQ(request.time_ms, 1700000000000);
}

TEST(Events, HttpAnswers) {
  EXPECT_EQ(Json(HttpResponse{200, {{"a", "b"}}, {}, "text"}).dump(),
            R"({"body":"text","headers":{"a":"b"},"isBase64Encoded":false,"statusCode":200})");
  EXPECT_EQ(Json(HttpResponse{200, {}, {"c=1"}, "\xff"}).dump(),
            R"({"body":"/w==","cookies":["c=1"],"headers":{},"isBase64Encoded":true,"statusCode":200})");
  EXPECT_EQ(json_response({{"a", 1}}, 201).body, R"({"a":1})");
}

TEST(Text, Base64) {
  for (const std::string& bytes : {std::string(), std::string("f"), std::string("fo"), std::string("foo"),
                                   std::string("\0\xff\x80z", 4)})
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  for (const char* wrong : {"Zg", "Z===", "====", "Zm8*"})
    EXPECT_FALSE(base64_decode(wrong)) << wrong;
}

TEST(Text, Utf8) {
  for (const char* right : {"", "a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"})
    EXPECT_TRUE(is_utf8(right)) << right;
  for (const char* wrong :
       {"\xff", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\x80"})
    EXPECT_FALSE(is_utf8(wrong)) << wrong;
}

}  // namespace
}  // namespace millrace::function
