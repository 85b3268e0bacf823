// Any bytes as an item, on the wire and as stored: decoding must not crash, and what is accepted must survive its canonical JSON
// and its stored form unchanged.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "engines/table/item_codec.h"
#include "engines/table/item_size.h"
#include "engines/table/key_codec.h"

using namespace millrace::table;

namespace {

void check_accepted(const Item& item) {
  std::string json = to_json(item);
  simdjson::dom::parser parser;
  auto root = parser.parse(json);
  if (root.error()) std::abort();
  auto again = decode_item(root.value_unsafe());
  if (!again || first_invalid(*again) || !(*again == item) || to_json(*again) != json) std::abort();
  std::string stored = encode_stored(item);
  auto back = decode_stored(stored);
  if (!back || !(*back == item) || stored_size(stored) != item_size(item) || stored_json(stored) != json)
    std::abort();
  for (const auto& [name, value] : item.members) {
    auto type = key_type_of(value);
    if (!type) continue;
    auto key = value_of_key_bytes(*type, key_bytes(value));
    if (!key || !(*key == value)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  if (auto stored = decode_stored(text)) (void)item_size(*stored);
  if (auto stored = decode_stored(std::string("\x01\x05", 2) + text)) (void)to_json(*stored);
  simdjson::dom::parser parser;
  auto root = parser.parse(text);
  if (root.error()) return 0;
  auto item = decode_item(root.value_unsafe());
  if (item && !first_invalid(*item)) check_accepted(*item);
  return 0;
}
