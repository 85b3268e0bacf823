#include "engines/table/csv.h"

namespace millrace::table {
namespace {

// The line that could not be read.
std::optional<CsvRecord> bad_line(std::string_view text, std::size_t from, bool is_all, const char* error) {
  const auto end = text.find('\n', from);
  if (end == std::string_view::npos && !is_all) return std::nullopt;
  CsvRecord record;
  record.size = end == std::string_view::npos ? text.size() : end + 1;
  record.error = error;
  return record;
}

}  // namespace

std::optional<CsvRecord> take_csv_record(std::string_view text, char delimiter, bool is_all) {
  CsvRecord record;
  std::string field;
  bool quoted = false;      // inside of quotes
  bool was_quoted = false;  // this field had them
  bool anything = false;    // this line is not empty
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (i + 1 == text.size() && !is_all) {
        return std::nullopt;  // an end or half an escape
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field += c;
        ++i;
      } else {
        quoted = false;
      }
      continue;
    }
    if (c == '\n') break;
    if (c == '\r' && (i + 1 == text.size() || text[i + 1] == '\n')) {
      if (i + 1 == text.size() && !is_all) return std::nullopt;
      continue;
    }
    anything = true;
    if (c == delimiter) {
      record.fields.push_back(std::move(field));
      field.clear();
      was_quoted = false;
    } else if (c == '"') {
      if (!field.empty() || was_quoted) return bad_line(text, i, is_all, "a quote stands inside of a value");
      quoted = was_quoted = true;
    } else if (was_quoted) {
      return bad_line(text, i, is_all, "something follows a quoted value");
    } else {
      field += c;
    }
  }
  if (i == text.size() && !is_all) return std::nullopt;
  if (quoted) return bad_line(text, i, is_all, "a quoted value has no end");
  record.size = i < text.size() ? i + 1 : i;
  if (anything) record.fields.push_back(std::move(field));
  return record;
}

}  // namespace millrace::table
