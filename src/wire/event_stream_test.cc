#include "wire/event_stream.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace millrace::wire {
namespace {

// Frames that AWS's SDKs publish as test vectors: empty message, one int32 header, payload without headers.
TEST(EventStream, KnownFrames) {
  std::string out;
  append_event_message(out, {}, "");
  EXPECT_EQ(base::hex_encode(out), "000000100000000005c248eb7d98c8ff");
  out.clear();
  append_event_message(out, {}, "{'foo':'bar'}");
  EXPECT_EQ(base::hex_encode(out),
            "0000001d00000000fd528c5a7b27666f6f273a27626172277dc36539"
            "36");
  out.clear();
  const std::vector<EventHeader> headers{{"event-type", std::int32_t{0xa00c}}};
  append_event_message(out, headers, "{'foo':'bar'}");
  EXPECT_EQ(base::hex_encode(out),
            "0000002d0000001041c424b80a6576656e742d747970650400"
            "00a00c7b27666f6f273a27626172277d36f480a0");
}

std::vector<EventHeader> every_type() {
  return {{"t", true},
          {"f", false},
          {"b", std::int8_t{-1}},
          {"s", std::int16_t{-300}},
          {"i", std::int32_t{-70000}},
          {"l", std::int64_t{-5'000'000'000}},
          {"raw", EventBytes{std::string("\0\xff", 2)}},
          {"text", std::string("gr\xc3\xbc\xc3\x9f")},
          {"time", EventTime{1'795'226'400'000}},
          {"id", EventUuid{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}}};
}

TEST(EventStream, EveryTypeRoundTripsByteByByte) {
  std::string out;
  append_event_message(out, every_type(), "first");
  append_event(out, "PayloadChunk", "application/octet-stream", "second");
  EventStreamDecoder decoder;
  std::vector<EventMessage> messages;
  for (char c : out) {
    decoder.feed({&c, 1});
    auto message = decoder.next();
    ASSERT_TRUE(message);
    if (*message) messages.push_back(std::move(**message));
  }
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].headers, every_type());
  EXPECT_EQ(messages[0].payload, "first");
  EXPECT_EQ(messages[1].text(":event-type"), "PayloadChunk");
  EXPECT_EQ(messages[1].text(":message-type"), "event");
  EXPECT_EQ(messages[1].payload, "second");
  EXPECT_EQ(decoder.pending(), 0u);
}

TEST(EventStream, EveryFlippedByteIsNoticed) {
  std::string good;
  append_event(good, "InvokeComplete", "application/json", R"({"LogResult":"x"})");
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x20);
    EventStreamDecoder decoder;
    decoder.feed(bad);
    EXPECT_FALSE(decoder.next()) << "byte " << i;
  }
}

TEST(EventStream, LimitsAndBadHeaders) {
  std::string out;
  append_event_message(out, {}, std::string(100, 'x'));
  EventStreamDecoder small(64);
  small.feed(out);
  EXPECT_EQ(small.next().error(), EventStreamError::kTooLong);
  // One header of an unknown type, with right checksums.
  out.clear();
  const std::vector<EventHeader> headers{{"x", true}};
  append_event_message(out, headers, "");
  out[14] = 42;
  const std::uint32_t crc = base::crc32(std::string_view(out).substr(0, out.size() - 4));
  for (std::size_t i = 0; i < 4; ++i)
    out[out.size() - 4 + i] = static_cast<char>((crc >> (24 - 8 * i)) & 0xff);
  EventStreamDecoder decoder;
  decoder.feed(out);
  EXPECT_EQ(decoder.next().error(), EventStreamError::kBadHeaders);
}

}  // namespace
}  // namespace millrace::wire
