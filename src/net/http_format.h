// Writes response heads (RFC 9112 section 4). Pure; appends to a caller's buffer. No Asio.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_message.h"

namespace millrace::net {

enum class ResponseBody {
  kLength,      // Content-Length
  kChunked,     // Transfer-Encoding: chunked
  kUntilClose,  // neither; the connection's end is the body's end (HTTP/1.0)
  kNone,        // no framing field at all (204, 304)
};

struct ResponseFrame {
  ResponseBody body = ResponseBody::kLength;
  std::uint64_t length = 0;
  bool keep_alive = true;
  bool http_1_0 = false;  // then keep-alive must be said
  std::string_view date;  // IMF-fixdate; empty leaves the field out
};

// The head with its blank line.
void append_response_head(std::string& out, const ResponseHead& head, const ResponseFrame& frame);

// "OK" for 200; "" for an unknown status.
std::string_view reason_phrase(int status);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
std::string format_http_date(std::int64_t unix_seconds);

// Whether a response of that status never has a body (1xx, 204, 304).
inline bool never_has_body(int status) {
  return status < 200 || status == 204 || status == 304;
}

}  // namespace millrace::net
