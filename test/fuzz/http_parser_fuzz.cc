// The HTTP/1.1 parsers: whatever arrives, however it is cut, no crash, no view outside the input, and the same verdict for the
// same bytes. The first byte of an input says how the rest is cut.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/http_format.h"
#include "net/http_parser.h"

namespace {

using millrace::net::BodyKind;
using millrace::net::ChunkDecoder;
using millrace::net::Framing;
using millrace::net::HeadLimits;
using millrace::net::HeadParser;
using millrace::net::ParseStatus;
using millrace::net::RequestHead;

void require(bool held) {
  if (!held) std::abort();
}

bool inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

ParseStatus parse_in_steps(HeadParser& parser, const std::string& input, std::size_t step) {
  ParseStatus status = ParseStatus::kNeedMore;
  for (std::size_t end = 0; status == ParseStatus::kNeedMore && end < input.size();) {
    end = std::min(input.size(), end + step);
    std::string moved = input.substr(0, end);  // a new block each time: the parser may keep offsets only
    status = parser.parse(moved);
  }
  return status;
}

struct Decoded {
  bool ok = true, ended = false;
  std::string data;
  std::size_t used = 0, trailers = 0;
};

Decoded decode_in_steps(std::string_view input, std::size_t step) {
  ChunkDecoder decoder;
  Decoded decoded;
  while (decoded.used < input.size() && decoded.ok && !decoded.ended) {
    std::string_view piece = input.substr(decoded.used, step);
    while (!piece.empty() && decoded.ok && !decoded.ended) {
      ChunkDecoder::Step result = decoder.step(piece);
      require(result.consumed > 0 && result.consumed <= piece.size() && inside(result.data, piece));
      decoded.data += result.data;
      decoded.used += result.consumed;
      piece.remove_prefix(result.consumed);
      decoded.ok = result.status != ChunkDecoder::Status::kError;
      decoded.ended = result.status == ChunkDecoder::Status::kEnd;
    }
  }
  decoded.trailers = decoder.trailers().size();
  return decoded;
}

void check_chunks(std::string_view input, std::size_t step) {
  Decoded whole = decode_in_steps(input, input.size() + 1);
  Decoded cut = decode_in_steps(input, step);
  // A bad line may be found sooner when it comes in pieces, but never accepted in one form and refused in the other.
  require(whole.ended == cut.ended);
  if (whole.ended)
    require(whole.data == cut.data && whole.used == cut.used && whole.trailers == cut.trailers);
}

void check_head(const std::string& input, std::size_t step) {
  HeadLimits limits{4096, 20};
  HeadParser whole(limits), cut(limits);
  ParseStatus status = whole.parse(input);
  ParseStatus in_steps = parse_in_steps(cut, input, step);
  require((status == ParseStatus::kDone) == (in_steps == ParseStatus::kDone));
  if (status != ParseStatus::kDone) return;
  require(whole.size() == cut.size() && whole.size() <= input.size());
  RequestHead head;
  std::optional<Framing> framing = whole.request(input, head);
  require(inside(head.method, input) && inside(head.target, input) && inside(head.query, input));
  for (const auto& field : head.headers) {
    require(inside(field.name, input) && inside(field.value, input) && !field.name.empty());
    require(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  }
  if (!framing) return;
  // Two framings are one too many: the door to request smuggling.
  require(!(head.header("transfer-encoding") && head.header("content-length")));
  if (framing->body == BodyKind::kChunked) check_chunks(std::string_view(input).substr(whole.size()), step);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  std::size_t step = 1 + bytes[0] % 37;
  std::string input(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  check_head(input, step);
  check_chunks(input, step);
  millrace::net::ParsedResponse response;
  if (millrace::net::parse_response(input, false, response) == ParseStatus::kDone)
    require(response.size <= input.size());
  millrace::net::ResponseHead echo;
  echo.headers.emplace_back("x-echo", input);
  std::string out;
  millrace::net::append_response_head(out, echo, {});
  require(out.find("\r\n\r\n") + 4 == out.size());  // nothing a function returns can end the head early
  return 0;
}
