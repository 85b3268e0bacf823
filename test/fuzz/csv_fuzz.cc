// Any bytes as CSV: reading must not crash and must come to an end, and records are the same however the text is cut.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "engines/table/csv.h"

using namespace millrace::table;

namespace {

std::vector<std::vector<std::string>> read(std::string_view text, char delimiter, std::size_t piece) {
  std::vector<std::vector<std::string>> found;
  std::string held;
  for (bool is_all = false; !is_all;) {
    held += text.substr(0, piece);
    text.remove_prefix(std::min(piece, text.size()));
    is_all = text.empty();
    while (!held.empty()) {
      auto record = take_csv_record(held, delimiter, is_all);
      if (!record) break;
      if (record->size == 0 || record->size > held.size()) std::abort();
      held.erase(0, record->size);
      if (!record->error.empty())
        found.push_back({"!", record->error});
      else if (!record->fields.empty())
        found.push_back(std::move(record->fields));
    }
    if (is_all && !held.empty()) std::abort();
  }
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const char delimiter = ",;:|\t "[data[0] % 6];
  const std::size_t piece = 1 + data[1] % 16;
  const std::string_view text(reinterpret_cast<const char*>(data + 2), size - 2);
  if (read(text, delimiter, piece) != read(text, delimiter, text.size() + 1)) std::abort();
  return 0;
}
