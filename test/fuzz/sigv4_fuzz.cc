// Any bytes as a request head: parsing a claim, canonicalising and verifying must neither crash nor accept.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wire/sigv4.h"

namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return line;
}

}  // namespace

// Lines: the target, then fields "name:value" up to an empty line, then the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millrace;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  net::RequestHead head;
  head.method = "POST";
  head.target = take_line(text);
  const std::size_t mark = head.target.find('?');
  head.path = head.target.substr(0, mark);
  if (mark != std::string_view::npos) head.query = head.target.substr(mark + 1);
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) break;
    head.headers.push_back({line.substr(0, colon), line.substr(colon + 1)});
  }
  (void)wire::peek_scope(head);
  auto claim = wire::parse_signature(head);
  if (!claim) return 0;
  (void)wire::canonical_texts(head, *claim, text);
  const auto when = wire::parse_amz_timestamp(claim->timestamp);
  if (!when) std::abort();  // parse_signature must not let an unreadable time through
  const bool accepted =
      wire::verify_signature(head, *claim, text, "a secret no input can know", *when).has_value();
  if (accepted) std::abort();
  return 0;
}
