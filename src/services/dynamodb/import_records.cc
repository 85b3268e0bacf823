#include "services/dynamodb/import_records.h"

#include <algorithm>
#include <set>

#include "engines/table/csv.h"

namespace millrace::dynamodb {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

ImportRecords::Record bad(std::string message, bool hopeless = false) {
  return {table::ItemReader::Read(base::fail(std::move(message))), hopeless};
}

}  // namespace

void ImportRecords::begin(std::uint64_t skip_to) {
  columns_.clear();
  text_.clear();
  at_ = searched_ = 0;
  offset_ = 0;
  skip_to_ = skip_to;
  is_all_ = hopeless_ = false;
  at_start_ = true;
}

void ImportRecords::add(std::string_view text) {
  if (hopeless_) return;
  text_.erase(0, at_);
  searched_ -= at_;
  at_ = 0;
  text_ += text;
}

void ImportRecords::take(std::size_t size) {
  at_ += size;
  searched_ = std::max(searched_, at_);
  offset_ += size;
}

// True: all that is held lies before what is wanted.
bool ImportRecords::pass_over() {
  if (offset_ >= skip_to_) return false;
  take(static_cast<std::size_t>(std::min<std::uint64_t>(skip_to_ - offset_, held().size())));
  return offset_ < skip_to_;
}

std::optional<ImportRecords::Record> ImportRecords::next() {
  if (hopeless_) return std::nullopt;
  if (at_start_) {
    if (held().size() < kByteOrderMark.size() && !is_all_) return std::nullopt;
    if (held().starts_with(kByteOrderMark)) take(kByteOrderMark.size());
    at_start_ = false;
  }
  return options_.format == ImportFormat::kCsv ? next_csv() : next_line();
}

std::optional<ImportRecords::Record> ImportRecords::too_long() {
  if (held().size() <= options_.max_record) return std::nullopt;
  hopeless_ = true;
  return bad("A record is longer than " + std::to_string(options_.max_record) + " bytes", true);
}

std::optional<ImportRecords::Record> ImportRecords::next_line() {
  while (!pass_over() && !held().empty()) {
    const auto end = text_.find('\n', searched_);
    if (end == std::string::npos) searched_ = text_.size();
    if (end == std::string::npos && !is_all_) return too_long();
    const std::size_t size = std::min(end, text_.size()) - at_;
    std::string_view line = held().substr(0, size);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) {
      take(size + (end != std::string::npos));
      continue;
    }
    Record record{options_.format == ImportFormat::kIon ? reader_.ion(line) : reader_.dynamodb_json(line)};
    take(size + (end != std::string::npos));
    return record;
  }
  return std::nullopt;
}

// Names of columns become columns; the error ends the object.
std::optional<ImportRecords::Record> ImportRecords::read_header(const std::vector<std::string>& names) {
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    if (name.empty() || !seen.insert(name).second) {
      hopeless_ = true;
      return bad(
          name.empty() ? "A column of the header has no name" : "Two columns of the header are named " + name,
          true);
    }
    const auto typed = options_.typed.find(name);
    columns_.push_back(typed == options_.typed.end() ? table::CsvColumn{name, "S", false} : typed->second);
  }
  return std::nullopt;
}

std::optional<ImportRecords::Record> ImportRecords::next_csv() {
  if (columns_.empty() && options_.header) {
    if (auto error = read_header(*options_.header)) return error;
  }
  while (columns_.empty() || !pass_over()) {
    if (held().empty()) return std::nullopt;
    auto record = table::take_csv_record(held(), options_.delimiter, is_all_);
    if (!record) return too_long();
    take(record->size);
    if (columns_.empty()) {
      if (!record->error.empty()) {
        hopeless_ = true;
        return bad("The header: " + record->error, true);
      }
      if (record->fields.empty()) continue;
      if (auto error = read_header(record->fields)) return error;
      continue;
    }
    if (!record->error.empty()) return bad(std::move(record->error));
    if (record->fields.empty()) continue;
    return Record{reader_.csv(record->fields, columns_)};
  }
  return std::nullopt;
}

}  // namespace millrace::dynamodb
