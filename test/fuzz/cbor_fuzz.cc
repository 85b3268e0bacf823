// Any bytes as CBOR: what is accepted becomes JSON that the parser takes (unless its text is no UTF-8), and goes through CBOR unchanged.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/encoding.h"
#include "wire/cbor.h"
#include "wire/json_value.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millrace;
  const auto json = wire::cbor_to_json({reinterpret_cast<const char*>(data), size});
  if (!json) return 0;
  wire::JsonParser parser;
  if (!parser.parse(*json)) {
    if (base::is_valid_utf8(*json)) std::abort();
    return 0;
  }
  const auto again = wire::cbor_to_json(wire::json_to_cbor(*json));
  if (!again) std::abort();
  const auto third = wire::cbor_to_json(wire::json_to_cbor(*again));
  if (!third || *third != *again) std::abort();
  return 0;
}
