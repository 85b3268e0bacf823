// Cuts the text of objects into items, piece by piece. Bounded in memory; one thread at a time.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/table/item_import.h"

namespace millrace::dynamodb {

enum class ImportFormat { kDynamoDbJson, kIon, kCsv };

class ImportRecords {
 public:
  struct Options {
    ImportFormat format = ImportFormat::kDynamoDbJson;
    char delimiter = ',';
    std::optional<std::vector<std::string>> header;  // CSV; nullopt: the first line of each object
    std::map<std::string, table::CsvColumn, std::less<>>
        typed;  // columns that are more than strings, by name
    std::size_t max_record = 4u << 20;
  };
  explicit ImportRecords(Options options) : options_(std::move(options)) {}

  // Another object. Items in front of `skip_to` (bytes of its text, as offset() told) are passed over.
  void begin(std::uint64_t skip_to);
  void add(std::string_view text);
  // No more text comes.
  void end() { is_all_ = true; }

  struct Record {
    table::ItemReader::Read item;
    bool hopeless = false;  // an error that says nothing more is to be had from this object
  };
  // nullopt: more text is needed, or all was given.
  std::optional<Record> next();
  // Behind the last record that next() gave.
  std::uint64_t offset() const { return offset_; }

 private:
  std::string_view held() const { return std::string_view(text_).substr(at_); }
  void take(std::size_t size);
  bool pass_over();
  std::optional<Record> next_line();
  std::optional<Record> next_csv();
  std::optional<Record> read_header(const std::vector<std::string>& names);
  std::optional<Record> too_long();

  const Options options_;
  table::ItemReader reader_;
  std::vector<table::CsvColumn> columns_;  // of this object, once they are known
  std::string text_;
  std::size_t at_ = 0;        // what lies before was given
  std::size_t searched_ = 0;  // no line ends between at_ and here
  std::uint64_t offset_ = 0;
  std::uint64_t skip_to_ = 0;
  bool is_all_ = false;
  bool at_start_ = true;
  bool hopeless_ = false;
};

}  // namespace millrace::dynamodb
