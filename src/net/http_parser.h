// The HTTP/1.1 parsers (RFC 9112): request and response heads, chunked bodies, trailers. Pure functions of bytes: no sockets, no
// Asio, no allocation beyond the vectors of headers. Strict where leniency lets two parsers disagree about where a
// message ends (request smuggling): bare CR or LF, obs-fold, white space before a colon, NUL, both Content-Length and
// Transfer-Encoding, differing lengths, and malformed chunk sizes are all refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_message.h"

namespace millrace::net {

enum class HeadError {
  kBadRequest,      // 400
  kUriTooLong,      // 414
  kTooLarge,        // 431: bytes or number of fields
  kNotImplemented,  // 501: a transfer coding other than chunked, or CONNECT
  kVersion,         // 505
  kExpectation,     // 417
};
int status_of(HeadError error);

struct HeadLimits {
  std::size_t bytes = 64u << 10;
  std::size_t fields = 200;
};

enum class BodyKind { kNone, kLength, kChunked, kUntilClose };

// How the message goes on after its head.
struct Framing {
  BodyKind body = BodyKind::kNone;
  std::uint64_t length = 0;  // for kLength
  bool keep_alive = true;
  bool expect_continue = false;
};

enum class ParseStatus { kNeedMore, kDone, kError };

// Finds and reads one head at the front of a growing buffer. The buffer may move between calls (only offsets are kept), must
// keep its bytes, and must stay put once a result's views are in use. Every byte is looked at once however it arrives.
class HeadParser {
 public:
  explicit HeadParser(HeadLimits limits) : limits_(limits) {}

  // `data` starts at the same byte on every call until kDone; empty lines before a request line are skipped.
  ParseStatus parse(std::string_view data);
  // After kDone. Bytes that belong to the head, its blank line included.
  std::size_t size() const { return line_start_; }
  // After kError.
  HeadError error() const { return error_; }
  // True once a byte of a request line was seen: from there on the client owes the rest in time.
  bool started() const { return started_; }
  void reset();

  // After kDone: fills `head` with views into `data`, and says how the body is framed; nullopt sets error().
  std::optional<Framing> request(std::string_view data, RequestHead& head);

 private:
  struct Field {
    std::uint32_t name_begin, name_size, value_begin, value_size;
  };
  ParseStatus fail(HeadError error) {
    error_ = error;
    return ParseStatus::kError;
  }
  bool take_request_line(std::string_view line);
  bool take_field(std::string_view line, std::size_t offset);
  bool plausible_start(std::string_view data);

  HeadLimits limits_;
  std::size_t line_start_ = 0;
  std::size_t scanned_ = 0;
  bool started_ = false;
  bool have_request_line_ = false;
  bool http_1_0_ = false;
  std::uint32_t method_begin_ = 0, method_size_ = 0, target_size_ = 0;
  std::vector<Field> fields_;
  HeadError error_ = HeadError::kBadRequest;
};

// "name: value" without its CRLF, as two views; nullopt when malformed.
std::optional<HeaderView> parse_field_line(std::string_view line);

// Decides the framing of a request from its fields (RFC 9112 section 6); on failure sets `error`.
std::optional<Framing> request_framing(const RequestHead& head, HeadError& error);

// A response head, for clients: complete heads only.
struct ParsedResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  Framing framing;
  std::size_t size = 0;  // bytes of the head
};
// kNeedMore until the blank line is there. `to_head` says that the request was a HEAD.
ParseStatus parse_response(std::string_view data, bool to_head, ParsedResponse& out);

// Decodes a chunked body piece by piece (RFC 9112 section 7.1).
class ChunkDecoder {
 public:
  enum class Status {
    kNeedMore,  // all input used; feed more
    kData,      // `data` holds body bytes, a view into the input
    kEnd,       // the body and its trailers are complete
    kError,
  };
  struct Step {
    Status status;
    std::size_t consumed;  // bytes of input used by this step, data included
    std::string_view data;
  };
  // Call again with the rest of the input until kNeedMore, kEnd or kError.
  Step step(std::string_view input);
  // Valid after kEnd.
  const std::vector<std::pair<std::string, std::string>>& trailers() const { return trailers_; }
  void reset();

 private:
  enum class State { kSizeLine, kData, kDataEnd, kTrailers };
  bool take_size_line(std::string_view line);

  State state_ = State::kSizeLine;
  std::uint64_t left_ = 0;
  std::string line_;          // a line split over inputs
  std::size_t overhead_ = 0;  // bytes of extensions and trailers so far: bounded, they carry no payload
  std::vector<std::pair<std::string, std::string>> trailers_;
};

}  // namespace millrace::net
