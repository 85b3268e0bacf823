// Any bytes as a line of Ion: reading must not crash, and what is accepted must survive being written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engines/table/item_import.h"
#include "engines/table/item_ion.h"

using namespace millrace::table;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ItemReader reader;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const std::string& line : {std::string(text), "{Item:{a:" + std::string(text) + "}}"}) {
    const auto item = reader.ion(line);
    if (!item) continue;
    std::string written = "$ion_1_0 {Item:";
    append_ion(written, *item);
    written += '}';
    const auto again = reader.ion(written);
    if (!again || !(*again == *item)) std::abort();
  }
  return 0;
}
