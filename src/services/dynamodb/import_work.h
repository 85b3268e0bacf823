// Carries out one import: reads objects in the order of their keys, puts their items into the new table, and writes down from
// time to time how far it is. After a restart it goes on there: putting the same items once more changes nothing.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "base/unpack.h"
#include "engines/object/objects.h"
#include "engines/table/transfers.h"
#include "engines/telemetry/log_store.h"
#include "services/dynamodb/import_records.h"
#include "shapes/dynamodb/import_table.h"

namespace millrace::dynamodb {

inline constexpr std::string_view kImportLogGroup = "/aws-dynamodb/imports";

// The request as a transfer keeps it. Reading one that was not written so is a bug and throws.
std::string write_import_request(const ImportTableInput& input);
ImportTableInput read_import_request(const table::Transfer& transfer);

struct ImportOptions {
  std::size_t commit_bytes = 4u << 20;  // of unpacked text, between two notes of how far it is
};

// One task at a time. Everything must outlive it.
class ImportWork {
 public:
  struct World {
    table::Transfers& transfers;
    object::Objects& objects;
    telemetry::LogStore& logs;
    const base::Clock& clock;
  };
  ImportWork(World world, ImportOptions options, table::Transfer transfer);

  // A bounded part of the work. True: the import has ended, or somebody else is ahead. An error is the store's: forget this
  // object, and begin again with the stored transfer.
  base::Task<table::TableResult<bool>> step();

 private:
  // Where it is, as the transfer's position says it.
  struct Position {
    std::uint64_t offset = 0;  // of the unpacked text
    std::uint64_t index = 0;   // of items
    bool done = true;          // with this object
    std::string key;
  };
  static Position parse_position(const std::string& text);
  static std::string print_position(const Position& position);

  base::Task<table::TableResult<bool>> open_next();
  base::Task<table::TableResult<bool>> end();
  base::Task<table::TableResult<bool>> read_piece();
  base::Task<table::TableResult<void>> add_text(std::string_view packed);
  base::Task<table::TableResult<void>> take_records();
  base::Task<table::TableResult<void>> put_batch();
  base::Task<table::TableResult<bool>> note(bool object_done);
  base::Task<table::TableResult<void>> make_group();
  base::Task<table::TableResult<void>> write_errors();
  base::Task<table::TableResult<bool>> finish(table::TransferStatus status, std::string code,
                                              std::string message);
  base::Task<table::TableResult<bool>> fail(object::ObjectError error);
  void take(table::Item item);
  void count_error(const std::string& message);

  const World world_;
  const ImportOptions options_;
  const ImportTableInput request_;
  table::Transfer seen_;  // as it is stored
  table::Transfer next_;
  Position position_;
  std::deque<std::string> waiting_;  // keys of the objects that come next
  const telemetry::GroupKey group_;
  table::DefinitionPtr table_;
  std::optional<ImportRecords> records_;
  std::unique_ptr<object::ObjectReader> object_;  // null: between two
  std::unique_ptr<base::Unpacker> unpacker_;
  std::uint64_t read_ = 0;   // bytes of the object
  std::uint64_t noted_ = 0;  // offset that was noted last
  bool abandoned_ = false;   // the rest of the object is of no use
  std::vector<table::Item> batch_;
  std::size_t batch_bytes_ = 0;
  std::vector<telemetry::LogEvent> errors_;
};

}  // namespace millrace::dynamodb
