// Any bytes as an event stream: decoding must not crash, and what decodes must encode to the same message again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/event_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millrace::wire;
  EventStreamDecoder decoder;
  decoder.feed({reinterpret_cast<const char*>(data), size});
  while (true) {
    auto message = decoder.next();
    if (!message || !*message) return 0;
    std::string again;
    append_event_message(again, (*message)->headers, (*message)->payload);
    EventStreamDecoder second;
    second.feed(again);
    auto copy = second.next();
    if (!copy || !*copy || (*copy)->headers != (*message)->headers || (*copy)->payload != (*message)->payload)
      std::abort();
  }
}
