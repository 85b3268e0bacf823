#include "net/http_parser.h"

#include <gtest/gtest.h>

#include "net/http_format.h"

namespace millrace::net {
namespace {

struct Outcome {
  ParseStatus status = ParseStatus::kNeedMore;
  int refused = 0;  // the HTTP status it would be answered with
  RequestHead head;
  Framing framing;
  std::size_t size = 0;
};

Outcome parse(std::string_view text, HeadLimits limits = {}) {
  HeadParser parser(limits);
  Outcome outcome;
  outcome.status = parser.parse(text);
  if (outcome.status == ParseStatus::kDone) {
    std::optional<Framing> framing = parser.request(text, outcome.head);
    if (framing) {
      outcome.framing = *framing;
      outcome.size = parser.size();
      return outcome;
    }
    outcome.status = ParseStatus::kError;
  }
  if (outcome.status == ParseStatus::kError) outcome.refused = status_of(parser.error());
  return outcome;
}

TEST(HeadParser, ReadsARequestInPlace) {
  std::string text =
      "POST /a%20b?c=d&e HTTP/1.1\r\nHost: x\r\nX-Amz-Target:  DynamoDB_20120810.GetItem "
      "\t\r\nEmpty:\r\nContent-Length: 3\r\n\r\nabc";
  Outcome got = parse(text);
  ASSERT_EQ(got.status, ParseStatus::kDone);
  EXPECT_EQ(got.head.method, "POST");
  EXPECT_EQ(got.head.target, "/a%20b?c=d&e");
  EXPECT_EQ(got.head.path, "/a%20b");
  EXPECT_EQ(got.head.query, "c=d&e");
  EXPECT_EQ(got.head.header("x-amz-target"), "DynamoDB_20120810.GetItem");
  EXPECT_EQ(got.head.header("EMPTY"), "");
  EXPECT_EQ(got.head.header("absent"), std::nullopt);
  EXPECT_EQ(got.framing.body, BodyKind::kLength);
  EXPECT_EQ(got.framing.length, 3u);
  EXPECT_TRUE(got.framing.keep_alive);
  EXPECT_EQ(text.substr(got.size), "abc");
  EXPECT_GE(got.head.method.data(), text.data());
  EXPECT_LT(got.head.headers.back().value.data(), text.data() + text.size());
}

TEST(HeadParser, TakesBytesOneAtATimeInAMovingBuffer) {
  std::string text = "\r\nGET /x HTTP/1.1\r\nHost: y\r\n\r\n";
  HeadParser parser{HeadLimits{}};
  for (std::size_t size = 1; size < text.size(); ++size) {
    std::string moved = text.substr(0, size);
    ASSERT_EQ(parser.parse(moved), ParseStatus::kNeedMore) << size;
    EXPECT_EQ(parser.started(), size > 2) << size;
  }
  ASSERT_EQ(parser.parse(text), ParseStatus::kDone);
  RequestHead head;
  ASSERT_TRUE(parser.request(text, head));
  EXPECT_EQ(head.path, "/x");
  EXPECT_EQ(head.header("host"), "y");
}

struct Refusal {
  const char* name;
  std::string text;
  int status;
};
class HeadRefusals : public ::testing::TestWithParam<Refusal> {};

TEST_P(HeadRefusals, AreRefused) {
  Outcome got = parse(GetParam().text);
  EXPECT_EQ(got.status, ParseStatus::kError) << GetParam().text;
  EXPECT_EQ(got.refused, GetParam().status);
}

std::string with(std::string fields) {
  return "POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    Http, HeadRefusals,
    ::testing::Values(Refusal{"BothFramings", with("Content-Length: 4\r\nTransfer-Encoding: chunked"), 400},
                      Refusal{"BothFramingsOtherOrder",
                              with("Transfer-Encoding: chunked\r\nContent-Length: 4"), 400},
                      Refusal{"LengthsDiffer", with("Content-Length: 4\r\nContent-Length: 5"), 400},
                      Refusal{"LengthList", with("Content-Length: 4, 5"), 400},
                      Refusal{"LengthSigned", with("Content-Length: +4"), 400},
                      Refusal{"LengthNegative", with("Content-Length: -4"), 400},
                      Refusal{"LengthHex", with("Content-Length: 0x4"), 400},
                      Refusal{"LengthEmpty", with("Content-Length: "), 400},
                      Refusal{"LengthOverflow", with("Content-Length: 99999999999999999999999"), 400},
                      Refusal{"SpaceBeforeColon", with("Transfer-Encoding : chunked"), 400},
                      Refusal{"ObsFold", with("A: b\r\n c"), 400},
                      Refusal{"ObsFoldFirst", "GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400},
                      Refusal{"BareCarriageReturn", with("A: b\rc"), 400},
                      Refusal{"BareLineFeed", "GET / HTTP/1.1\nHost: x\n\n", 400},
                      Refusal{"BareLineFeedInFields", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400},
                      Refusal{"NulInValue", with(std::string("A: b\0c", 6)), 400},
                      Refusal{"NulInName", with(std::string("A\0: b", 5)), 400},
                      Refusal{"ControlInValue", with("A: b\x01"), 400},
                      Refusal{"NoColon", with("Nothing"), 400}, Refusal{"NoName", with(": b"), 400},
                      Refusal{"ChunkedTwice", with("Transfer-Encoding: chunked, chunked"), 400},
                      Refusal{"ChunkedTwiceInTwoFields",
                              with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400},
                      Refusal{"ChunkedNotLast", with("Transfer-Encoding: chunked, gzip"), 400},
                      Refusal{"EmptyCoding", with("Transfer-Encoding: "), 400},
                      Refusal{"OddChunked", with("Transfer-Encoding: xchunked"), 501},
                      Refusal{"OtherCoding", with("Transfer-Encoding: gzip"), 501},
                      Refusal{"CodingIn10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
                      Refusal{"NoHost", "GET / HTTP/1.1\r\nA: b\r\n\r\n", 400},
                      Refusal{"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
                      Refusal{"Version2", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
                      Refusal{"Preface2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
                      Refusal{"Version09", "GET /\r\n\r\n", 400},
                      Refusal{"VersionCase", "GET / http/1.1\r\nHost: x\r\n\r\n", 400},
                      Refusal{"TwoSpaces", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
                      Refusal{"SpaceInTarget", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400},
                      Refusal{"BadMethod", "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
                      Refusal{"Connect", "CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n", 501},
                      Refusal{"RelativeTarget", "GET a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
                      Refusal{"Expectation", with("Expect: miracles"), 417},
                      Refusal{"TlsHello", std::string("\x16\x03\x01\x02\x00\x01", 6), 400},
                      Refusal{"LongMethodWithoutEnd", std::string(64, 'A'), 400}),
    [](const auto& refusal) { return std::string(refusal.param.name); });

TEST(HeadParser, AcceptsWhatIsOdd) {
  EXPECT_EQ(parse(with("Content-Length: 4\r\nContent-Length: 4")).framing.length, 4u);
  EXPECT_EQ(parse(with("Transfer-Encoding: Chunked")).framing.body, BodyKind::kChunked);
  EXPECT_EQ(parse(with("Content-Length: 0")).framing.body, BodyKind::kNone);
  EXPECT_EQ(parse("GET http://h.x:1/p?q HTTP/1.1\r\nHost: x\r\n\r\n").head.path, "/p");
  EXPECT_EQ(parse("GET http://h.x HTTP/1.1\r\nHost: x\r\n\r\n").head.path, "/");
  EXPECT_EQ(parse("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").head.path, "*");
  EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost: x\r\nA: \xc3\xa9\r\n\r\n").head.header("a"), "\xc3\xa9");
}

TEST(HeadParser, KeepsTheConnectionAsAsked) {
  EXPECT_FALSE(parse(with("Connection: foo, CLOSE")).framing.keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.0\r\n\r\n").framing.keep_alive);
  EXPECT_TRUE(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").framing.keep_alive);
}

TEST(HeadParser, LimitsWhatItCollects) {
  HeadLimits limits{100, 3};
  EXPECT_EQ(parse("GET /" + std::string(200, 'a'), limits).refused, 414);
  EXPECT_EQ(parse("GET /" + std::string(200, 'a') + " HTTP/1.1\r\n", limits).refused, 414);
  EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(200, 'a'), limits).refused, 431);
  EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\nB: 1\r\nC: 1\r\n\r\n", limits).refused, 431);
  EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\nB: 1\r\n\r\n", limits).status, ParseStatus::kDone);
}

std::string decode(std::string_view text, std::size_t step, ChunkDecoder& decoder,
                   ChunkDecoder::Status& last) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    ChunkDecoder::Step got = decoder.step(text.substr(at, step));
    out += got.data;
    at += got.consumed;
    last = got.status;
    if (last == ChunkDecoder::Status::kEnd || last == ChunkDecoder::Status::kError) break;
  }
  return out;
}

TEST(ChunkDecoder, DecodesHoweverItIsCut) {
  std::string text =
      "4;name=\"v\"\r\nWiki\r\n5 ; x\r\npedia\r\n00e\r\n in \r\n\r\nchunks\r\n0\r\nX-Sum: 1\r\nY: z\r\n\r\n";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    ChunkDecoder decoder;
    ChunkDecoder::Status last{};
    EXPECT_EQ(decode(text, step, decoder, last), "Wikipedia in \r\n\r\nchunks") << step;
    EXPECT_EQ(last, ChunkDecoder::Status::kEnd);
    ASSERT_EQ(decoder.trailers().size(), 2u);
    EXPECT_EQ(decoder.trailers()[0].second, "1");
  }
}

TEST(ChunkDecoder, RefusesMalformedChunks) {
  for (std::string text :
       {"x\r\n", "\r\n", "-1\r\n", "0x5\r\nhello\r\n", "5\nhello\r\n", "5\r\nhelloX\r\n", "5\r\nhello\n",
        "5 \r\nhello\r\n", "5 5\r\n", "fffffffffffffffff\r\n", "10000000000000000\r\n", "5;a\rb\r\n",
        "0\r\nA : b\r\n\r\n", "0\r\n A: b\r\n\r\n"}) {
    for (std::size_t step : {std::size_t(1), text.size()}) {
      ChunkDecoder decoder;
      ChunkDecoder::Status last{};
      decode(text, step, decoder, last);
      EXPECT_EQ(last, ChunkDecoder::Status::kError) << text << " in steps of " << step;
    }
  }
}

TEST(ChunkDecoder, LimitsWhatCarriesNoData) {
  std::string text;
  for (int i = 0; i < 10000; ++i)
    text += "1;" + std::string(100, 'e') + "\r\nx\r\n";
  ChunkDecoder decoder;
  ChunkDecoder::Status last{};
  decode(text, text.size(), decoder, last);
  EXPECT_EQ(last, ChunkDecoder::Status::kError);
  ChunkDecoder endless;
  decode(std::string(1 << 20, '1'), 1000, endless, last);
  EXPECT_EQ(last, ChunkDecoder::Status::kError);
}

TEST(ResponseFormat, WritesWhatTheHandlerSaysAndNoMore) {
  ResponseHead head;
  head.status = 201;
  head.headers = {{"X-A", "b"},
                  {"content-length", "99"},
                  {"X-Forged", "a\r\nSet-Cookie: b"},
                  {"Bad Name", "x"},
                  {"Connection", "upgrade"}};
  std::string out;
  append_response_head(out, head,
                       {.body = ResponseBody::kLength, .length = 5, .keep_alive = false, .date = "D"});
  EXPECT_EQ(out,
            "HTTP/1.1 201 Created\r\nX-A: b\r\nX-Forged: a  Set-Cookie: b\r\nDate: D\r\nContent-Length: "
            "5\r\nConnection: close\r\n\r\n");
}

TEST(ResponseFormat, FormatsDates) {
  EXPECT_EQ(format_http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(format_http_date(1709251199), "Thu, 29 Feb 2024 23:59:59 GMT");
}

}  // namespace
}  // namespace millrace::net
