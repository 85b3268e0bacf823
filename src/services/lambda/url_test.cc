#include <gtest/gtest.h>

#include "services/lambda/function_url.h"
#include "services/lambda/record_json.h"
#include "services/lambda/url_answer.h"
#include "services/lambda/url_event.h"
#include "services/lambda/url_sink.h"
#include "wire/exchange_testing.h"

namespace millrace::lambda {
namespace {

using namespace std::string_literals;

UrlRecord a_url() {
  UrlRecord url;
  url.id = "abc";
  url.function = {"000000000000", "us-east-1", "f", ""};
  url.auth_type = "NONE";
  return url;
}

std::string event_of(wire::FakeRequest asked, std::optional<wire::Principal> principal = {}) {
  const std::string body = asked.body;
  wire::FakeExchange exchange(std::move(asked));
  const base::WallTime now{std::chrono::seconds(1'795'226'400)};
  return make_url_event(
      a_url(), {exchange.head(), body, "/p", "127.0.0.1", "id", "Root=1", now, std::move(principal)});
}

TEST(UrlEvent, PayloadVersionTwo) {
  EXPECT_EQ(
      event_of({"POST",
                "/lambda-url/abc/p?a=1&b=x%20y&a=2&c",
                {{"Host", "h:8080"},
                 {"X-A", "1"},
                 {"x-a", "2"},
                 {"Cookie", "a=b; c=d"},
                 {"Content-Type", "text/plain"},
                 {"User-Agent", "ua"}},
                "hi"}),
      R"({"version":"2.0","routeKey":"$default","rawPath":"/p","rawQueryString":"a=1&b=x%20y&a=2&c","cookies":["a=b","c=d"],)"
      R"("headers":{"content-type":"text/plain","host":"h:8080","user-agent":"ua","x-a":"1,2","x-amzn-trace-id":"Root=1","x-forwarded-for":"127.0.0.1","x-forwarded-port":"8080","x-forwarded-proto":"http"},)"
      R"("queryStringParameters":{"a":"1,2","b":"x y","c":""},)"
      R"("requestContext":{"accountId":"anonymous","apiId":"abc","domainName":"abc.lambda-url.us-east-1.on.aws","domainPrefix":"abc",)"
      R"("http":{"method":"POST","path":"/p","protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":"ua"},"requestId":"id","routeKey":"$default","stage":"$default","time":"21/Nov/2026:02:00:00 +0000","timeEpoch":1795226400000},)"
      R"("body":"hi","isBase64Encoded":false})");
}

TEST(UrlEvent, BytesAndCallers) {
  const std::string bytes =
      event_of({"POST", "/", {{"Content-Type", "application/octet-stream"}}, "\x00\xff"s});
  EXPECT_NE(bytes.find(R"("body":"AP8=","isBase64Encoded":true)"), std::string::npos) << bytes;
  const std::string broken = event_of({"POST", "/", {{"Content-Type", "text/plain"}}, "\xff"});
  EXPECT_NE(broken.find(R"("isBase64Encoded":true)"), std::string::npos)
      << "text that is not UTF-8 cannot stand in JSON";
  wire::Principal caller;
  caller.access_key_id = "AKIA";
  caller.arn = "arn:aws:iam::000000000000:root";
  const std::string event = event_of({"GET", "/", {}, ""}, caller);
  EXPECT_NE(event.find(R"("accountId":"000000000000","apiId":"abc","authorizer":{"iam":{"accessKey":"AKIA")"),
            std::string::npos);
  EXPECT_EQ(event.find(R"("body")"), std::string::npos);
  EXPECT_TRUE(is_text_type("application/json; charset=utf-8"));
  EXPECT_FALSE(is_text_type("application/x-www-form-urlencoded"));
}

TEST(UrlAnswer, Inference) {
  auto whole = infer_answer(
      R"({"statusCode":418,"headers":{"X-N":1,"X-Bad":"a\r\nb"},"cookies":["a=b"],"body":"dGVh","isBase64Encoded":true})");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->head.status, 418);
  EXPECT_EQ(whole->body, "tea");
  const std::vector<std::pair<std::string, std::string>> headers{
      {"X-N", "1"}, {"Set-Cookie", "a=b"}, {"Content-Type", "application/json"}};
  EXPECT_EQ(whole->head.headers, headers) << "a line break in a header is response splitting";
  EXPECT_EQ(infer_answer(R"("text")")->body, "text");
  EXPECT_EQ(infer_answer(R"({"hello":1})")->body, R"({"hello":1})");
  EXPECT_EQ(infer_answer("null")->body, "null");
  EXPECT_EQ(infer_answer(R"({"statusCode":201})")->body, "");
  EXPECT_EQ(infer_answer(R"({"statusCode":"201"})")->head.status, 201);
  EXPECT_EQ(infer_answer(R"({"statusCode":200,"body":{"a":[1,"x",null]}})")->body, R"({"a":[1,"x",null]})");
  EXPECT_FALSE(infer_answer(R"({"statusCode":"many"})"));
  EXPECT_FALSE(infer_answer(R"({"statusCode":7})"));
  EXPECT_FALSE(infer_answer(R"({"statusCode":200,"body":"!","isBase64Encoded":true})"));
}

TEST(UrlAnswer, PreludeInAnyPortions) {
  const std::string stream = R"({"statusCode":203})"s + std::string(8, '\0') + "body\0with nul"s;
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    PreludeSplitter splitter;
    std::string body;
    bool done = false;
    for (std::size_t at = 0; at < stream.size(); at += step) {
      const std::string_view piece = std::string_view(stream).substr(at, step);
      std::string_view rest;
      if (done) {
        body += piece;
      } else if (splitter.feed(piece, rest) == PreludeSplitter::State::kDone) {
        done = true;
        body += rest;
      }
    }
    ASSERT_TRUE(done);
    EXPECT_EQ(splitter.prelude(), R"({"statusCode":203})");
    EXPECT_EQ(body, "body\0with nul"s) << "portions of " << step;
  }
}

class UrlSinkTest : public testing::Test {
 protected:
  UrlSink make(bool stream) {
    return UrlSink({exchange, *clock,
                    [](net::ResponseHead& head) { head.headers.emplace_back("X-Mark", "1"); }, stream, false,
                    100});
  }
  void pass(UrlSink& sink, std::string_view type, std::vector<std::string> chunks) {
    EXPECT_TRUE(wire::run(sink.begin(type, true)));
    for (const std::string& chunk : chunks)
      EXPECT_TRUE(wire::run(sink.write(chunk)));
  }
  std::unique_ptr<base::Clock> clock = base::make_system_clock();
  wire::FakeExchange exchange{wire::FakeRequest{"GET", "/", {}, ""}};
};
constexpr std::string_view kIntegration = "application/vnd.awslambda.http-integration-response";

TEST_F(UrlSinkTest, EachWriteIsOnTheSocketAtOnce) {
  UrlSink sink = make(true);
  pass(sink, kIntegration,
       {R"({"statusCode":203,"headers":{"Content-Type":"text/x"}})", std::string(8, '\0')});
  EXPECT_EQ(exchange.response.status, 203);
  EXPECT_EQ(exchange.header("x-mark"), "1");
  EXPECT_EQ(exchange.sent, "");
  EXPECT_TRUE(wire::run(sink.write("one")));
  EXPECT_EQ(exchange.sent, "one");
  EXPECT_FALSE(exchange.finished);
  wire::run(sink.finish());
  EXPECT_TRUE(exchange.finished);
}

TEST_F(UrlSinkTest, WithoutMetadataBytes) {
  UrlSink sink = make(true);
  pass(sink, "application/octet-stream", {"a", "b"});
  EXPECT_EQ(exchange.header("content-type"), "application/octet-stream");
  EXPECT_EQ(exchange.sent, "ab");
}

TEST_F(UrlSinkTest, AnErrorBeforeTheFirstByteIsA502AndOneAfterItCutsTheBody) {
  UrlSink early = make(true);
  pass(early, "application/octet-stream", {});
  wire::run(early.fail(502));
  EXPECT_EQ(exchange.response.status, 502);
  EXPECT_EQ(exchange.sent, "Internal Server Error");
  EXPECT_FALSE(exchange.aborted);
  UrlSink late = make(true);
  pass(late, "application/octet-stream", {"some"});
  wire::run(late.fail(502));
  EXPECT_TRUE(exchange.aborted);
}

TEST_F(UrlSinkTest, MetadataWithoutAnEndIsA502) {
  UrlSink sink = make(true);
  pass(sink, kIntegration, {"text"});
  wire::run(sink.finish());
  EXPECT_EQ(exchange.response.status, 502);
}

TEST_F(UrlSinkTest, EndedWithoutAWrite) {
  for (const std::string_view type : {std::string_view("application/octet-stream"), kIntegration}) {
    UrlSink sink = make(true);
    pass(sink, type, {});
    wire::run(sink.finish());
    EXPECT_EQ(exchange.response.status, 200);
    EXPECT_EQ(exchange.header("content-type"), "application/octet-stream");
    EXPECT_TRUE(exchange.finished);
  }
}

TEST_F(UrlSinkTest, AnnouncedMetadataWithoutAWriteIsA200) {
  for (const bool stream : {true, false}) {
    UrlSink sink = make(stream);
    pass(sink, kIntegration, {});
    wire::run(sink.finish());
    EXPECT_EQ(exchange.response.status, 200);
    EXPECT_EQ(exchange.header("content-type"), "application/octet-stream");
  }
}

TEST_F(UrlSinkTest, BufferedHasALimit) {
  UrlSink fits = make(false);
  pass(fits, "application/octet-stream", {std::string(100, 'x')});
  wire::run(fits.finish());
  EXPECT_EQ(exchange.response.status, 200);
  UrlSink over = make(false);
  pass(over, "application/octet-stream", {std::string(101, 'x')});
  wire::run(over.finish());
  EXPECT_EQ(exchange.response.status, 502);
}

TEST(FunctionUrl, Targets) {
  const auto target = [](std::string path, std::string host) {
    wire::FakeExchange exchange({"GET", std::move(path), {{"Host", std::move(host)}}, ""});
    auto found = find_url_target(exchange.head());
    return found ? std::string(found->id) + " " + std::string(found->path) : "none";
  };
  EXPECT_EQ(target("/lambda-url/abc/x/y?q", "127.0.0.1:4566"), "abc /x/y");
  EXPECT_EQ(target("/lambda-url/abc", "127.0.0.1:4566"), "abc /");
  EXPECT_EQ(target("/x", "abc.lambda-url.us-east-1.on.aws"), "abc /x");
  EXPECT_EQ(target("/x", "abc.lambda-url.us-east-1.localhost:4566"), "abc /x");
  EXPECT_EQ(target("/x", "localhost"), "none");
}

TEST(FunctionUrl, WhoIsLetIn) {
  const auto policy = [](std::string statement) {
    RecordWriter out;
    return out.text("revision", std::string_view("r"))
        .texts("statements", std::vector<std::string>{"s", std::move(statement)})
        .finish();
  };
  EXPECT_TRUE(is_public(policy(R"({"Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl"})")));
  EXPECT_TRUE(
      is_public(policy(R"({"Effect":"Allow","Principal":{"AWS":"*"},"Action":"lambda:InvokeFunction"})")));
  EXPECT_FALSE(is_public(policy(
      R"({"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"lambda:InvokeFunctionUrl"})")));
  EXPECT_FALSE(is_public(policy(R"({"Effect":"Allow","Principal":"*","Action":"lambda:GetFunction"})")));
}

TEST(Cors, PreflightAndAnswers) {
  Cors cors;
  cors.allow_origins = std::vector<std::string>{"https://good.example"};
  cors.allow_methods = std::vector<std::string>{"GET", "PUT"};
  cors.allow_credentials = true;
  cors.max_age = 300;
  const auto preflight = [&](std::string origin) {
    wire::FakeExchange exchange(
        {"OPTIONS", "/", {{"Origin", std::move(origin)}, {"Access-Control-Request-Method", "PUT"}}, ""});
    wire::FakeExchange answer({"GET", "/", {}, ""});
    answer.response = *preflight_answer(cors, exchange.head());
    return answer.header("access-control-allow-origin") + "|" +
           answer.header("access-control-allow-methods") + "|" + answer.header("access-control-max-age");
  };
  EXPECT_EQ(preflight("https://good.example"), "https://good.example|GET,PUT|300");
  EXPECT_EQ(preflight("https://evil.example"), "||");
  wire::FakeExchange plain({"OPTIONS", "/", {}, ""});
  EXPECT_FALSE(preflight_answer(cors, plain.head())) << "an ordinary OPTIONS request is for the function";
  EXPECT_FALSE(preflight_answer({}, plain.head()));
}

}  // namespace
}  // namespace millrace::lambda
