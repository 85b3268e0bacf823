// application/vnd.amazon.eventstream: framed messages with typed headers and checksums, as InvokeWithResponseStream,
// SubscribeToShard and others answer. https://smithy.io/2.0/aws/amazon-eventstream.html
//
// A message: u32 total length, u32 length of headers, u32 CRC-32 of those eight bytes; headers; payload; u32 CRC-32 of all
// before it. Integers are big endian. Pure; one thread per decoder.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace millrace::wire {

struct EventBytes {
  std::string bytes;
  bool operator==(const EventBytes&) const = default;
};
struct EventTime {
  std::int64_t unix_millis = 0;
  bool operator==(const EventTime&) const = default;
};
using EventUuid = std::array<std::uint8_t, 16>;
using EventValue = std::variant<bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, EventBytes,
                                std::string, EventTime, EventUuid>;

struct EventHeader {
  std::string name;  // 1 to 255 bytes
  EventValue value;
  bool operator==(const EventHeader&) const = default;
};

struct EventMessage {
  std::vector<EventHeader> headers;
  std::string payload;
  // The string header of that name; nullopt when absent or of another type.
  std::optional<std::string_view> text(std::string_view name) const;
};

// Appends one framed message. A name over 255 bytes or a text over 32 KiB is a bug (std::length_error).
void append_event_message(std::string& out, std::span<const EventHeader> headers, std::string_view payload);
// The frame of an ordinary event: :message-type event, :event-type, and :content-type when not empty.
void append_event(std::string& out, std::string_view event_type, std::string_view content_type,
                  std::string_view payload);
// A modelled exception in mid-stream: :message-type exception, :exception-type.
void append_event_exception(std::string& out, std::string_view exception_type, std::string_view json);

enum class EventStreamError { kPreludeChecksum, kMessageChecksum, kTooLong, kBadHeaders };

// Takes bytes in any portions, gives messages in order. After an error the stream cannot be resumed.
class EventStreamDecoder {
 public:
  // Messages over `limit` bytes are refused (the protocol allows 16 MiB of payload and 128 KiB of headers).
  explicit EventStreamDecoder(std::size_t limit = 17u << 20) : limit_(limit) {}
  void feed(std::string_view bytes);
  // nullopt: more bytes are needed.
  base::Result<std::optional<EventMessage>, EventStreamError> next();
  std::size_t pending() const { return buffer_.size() - at_; }

 private:
  std::size_t limit_;
  std::string buffer_;
  std::size_t at_ = 0;
};

}  // namespace millrace::wire
