#include "wire/event_stream.h"

#include <bit>
#include <stdexcept>

#include "base/encoding.h"

namespace millrace::wire {
namespace {

constexpr std::size_t kPrelude = 12;
constexpr std::size_t kFrame = 16;  // the prelude and the closing checksum
constexpr std::size_t kHeadersLimit = 128u << 10;
constexpr std::size_t kTextLimit = 32767;

enum Type : std::uint8_t { kTrue, kFalse, kByte, kShort, kInt, kLong, kBytes, kString, kTimestamp, kUuid };

template <class Int>
void append_big_endian(std::string& out, Int value) {
  auto bits = static_cast<std::make_unsigned_t<Int>>(value);
  for (int shift = 8 * (static_cast<int>(sizeof(Int)) - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((bits >> shift) & 0xff));
  }
}

void append_sized(std::string& out, std::string_view bytes) {
  if (bytes.size() > kTextLimit) throw std::length_error("event stream: header value over 32767 bytes");
  append_big_endian(out, static_cast<std::uint16_t>(bytes.size()));
  out.append(bytes);
}

struct AppendValue {
  std::string& out;
  void tag(Type type) const { out.push_back(static_cast<char>(type)); }
  void operator()(bool value) const { tag(value ? kTrue : kFalse); }
  void operator()(std::int8_t value) const { tag(kByte), append_big_endian(out, value); }
  void operator()(std::int16_t value) const { tag(kShort), append_big_endian(out, value); }
  void operator()(std::int32_t value) const { tag(kInt), append_big_endian(out, value); }
  void operator()(std::int64_t value) const { tag(kLong), append_big_endian(out, value); }
  void operator()(const EventBytes& value) const { tag(kBytes), append_sized(out, value.bytes); }
  void operator()(const std::string& value) const { tag(kString), append_sized(out, value); }
  void operator()(const EventTime& value) const {
    tag(kTimestamp), append_big_endian(out, value.unix_millis);
  }
  void operator()(const EventUuid& value) const {
    tag(kUuid);
    out.append(reinterpret_cast<const char*>(value.data()), value.size());
  }
};

void patch_u32(std::string& out, std::size_t at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i)
    out[at + static_cast<std::size_t>(i)] = static_cast<char>((value >> (24 - 8 * i)) & 0xff);
}

// Reads from the front; a short input makes every further take fail.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}
  bool done() const { return rest_.empty(); }
  bool failed() const { return failed_; }
  std::string_view take(std::size_t size) {
    if (failed_ || rest_.size() < size) {
      failed_ = true;
      return {};
    }
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }
  template <class Int>
  Int integer() {
    std::make_unsigned_t<Int> bits = 0;
    for (char c : take(sizeof(Int))) {
      bits = static_cast<std::make_unsigned_t<Int>>((static_cast<std::uint64_t>(bits) << 8) |
                                                    static_cast<std::uint8_t>(c));
    }
    return static_cast<Int>(bits);
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

std::optional<EventValue> take_value(Cursor& in) {
  switch (in.integer<std::uint8_t>()) {
    case kTrue:
      return EventValue(true);
    case kFalse:
      return EventValue(false);
    case kByte:
      return EventValue(in.integer<std::int8_t>());
    case kShort:
      return EventValue(in.integer<std::int16_t>());
    case kInt:
      return EventValue(in.integer<std::int32_t>());
    case kLong:
      return EventValue(in.integer<std::int64_t>());
    case kBytes:
      return EventValue(EventBytes{std::string(in.take(in.integer<std::uint16_t>()))});
    case kString:
      return EventValue(std::string(in.take(in.integer<std::uint16_t>())));
    case kTimestamp:
      return EventValue(EventTime{in.integer<std::int64_t>()});
    case kUuid: {
      EventUuid uuid{};
      const std::string_view bytes = in.take(uuid.size());
      std::copy(bytes.begin(), bytes.end(), uuid.begin());
      return EventValue(uuid);
    }
    default:
      return std::nullopt;
  }
}

bool take_headers(std::string_view bytes, std::vector<EventHeader>& out) {
  Cursor in(bytes);
  while (!in.done()) {
    EventHeader header;
    header.name = in.take(in.integer<std::uint8_t>());
    std::optional<EventValue> value = take_value(in);
    if (in.failed() || !value || header.name.empty()) return false;
    header.value = std::move(*value);
    out.push_back(std::move(header));
  }
  return true;
}

}  // namespace

std::optional<std::string_view> EventMessage::text(std::string_view name) const {
  for (const EventHeader& header : headers) {
    if (header.name != name) continue;
    if (const auto* value = std::get_if<std::string>(&header.value)) return *value;
    return std::nullopt;
  }
  return std::nullopt;
}

void append_event_message(std::string& out, std::span<const EventHeader> headers, std::string_view payload) {
  const std::size_t start = out.size();
  out.append(kPrelude, '\0');
  for (const EventHeader& header : headers) {
    if (header.name.empty() || header.name.size() > 255) throw std::length_error("event stream: header name");
    out.push_back(static_cast<char>(header.name.size()));
    out.append(header.name);
    std::visit(AppendValue{out}, header.value);
  }
  const std::size_t headers_size = out.size() - start - kPrelude;
  out.append(payload);
  patch_u32(out, start, static_cast<std::uint32_t>(out.size() - start + 4));
  patch_u32(out, start + 4, static_cast<std::uint32_t>(headers_size));
  patch_u32(out, start + 8, base::crc32(std::string_view(out).substr(start, 8)));
  append_big_endian(out, base::crc32(std::string_view(out).substr(start)));
}

void append_event(std::string& out, std::string_view event_type, std::string_view content_type,
                  std::string_view payload) {
  std::vector<EventHeader> headers;
  headers.push_back({":event-type", std::string(event_type)});
  if (!content_type.empty()) headers.push_back({":content-type", std::string(content_type)});
  headers.push_back({":message-type", std::string("event")});
  append_event_message(out, headers, payload);
}

void append_event_exception(std::string& out, std::string_view exception_type, std::string_view json) {
  std::vector<EventHeader> headers;
  headers.push_back({":exception-type", std::string(exception_type)});
  headers.push_back({":content-type", std::string("application/json")});
  headers.push_back({":message-type", std::string("exception")});
  append_event_message(out, headers, json);
}

void EventStreamDecoder::feed(std::string_view bytes) {
  if (at_ > 0 && at_ >= buffer_.size() / 2) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  buffer_.append(bytes);
}

base::Result<std::optional<EventMessage>, EventStreamError> EventStreamDecoder::next() {
  const std::string_view rest = std::string_view(buffer_).substr(at_);
  if (rest.size() < kPrelude) return std::nullopt;
  Cursor prelude(rest);
  const auto total = prelude.integer<std::uint32_t>();
  const auto headers_size = prelude.integer<std::uint32_t>();
  const auto checksum = prelude.integer<std::uint32_t>();
  if (checksum != base::crc32(rest.substr(0, 8))) return base::fail(EventStreamError::kPreludeChecksum);
  if (total > limit_ || headers_size > kHeadersLimit) return base::fail(EventStreamError::kTooLong);
  if (total < kFrame || headers_size > total - kFrame) return base::fail(EventStreamError::kBadHeaders);
  if (rest.size() < total) return std::nullopt;
  Cursor tail(rest.substr(total - 4, 4));
  if (tail.integer<std::uint32_t>() != base::crc32(rest.substr(0, total - 4))) {
    return base::fail(EventStreamError::kMessageChecksum);
  }
  EventMessage message;
  if (!take_headers(rest.substr(kPrelude, headers_size), message.headers)) {
    return base::fail(EventStreamError::kBadHeaders);
  }
  message.payload = rest.substr(kPrelude + headers_size, total - kFrame - headers_size);
  at_ += total;
  return std::optional<EventMessage>(std::move(message));
}

}  // namespace millrace::wire
