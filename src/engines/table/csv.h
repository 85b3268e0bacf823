// Records of comma-separated values (RFC 4180), with another delimiter if one likes, cut off a text piece by piece. Pure; any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::table {

struct CsvRecord {
  std::size_t size = 0;             // bytes of the text that it takes, line end included
  std::vector<std::string> fields;  // none: an empty line
  std::string error;                // not empty: no record; the text goes on behind its line
};
// The record at the front; nullopt: the text may go on with it (never when `is_all`).
std::optional<CsvRecord> take_csv_record(std::string_view text, char delimiter, bool is_all);

}  // namespace millrace::table
