// Carries out exports: reads the table in parts, writes data files, then the manifests. Each data file is a step of its own that
// ends in a commit; a step that a crash cut off is done again and writes the same object.
#pragma once

#include <atomic>

#include "base/task.h"
#include "engines/object/objects.h"
#include "engines/table/transfers.h"
#include "services/dynamodb/export_format.h"

namespace millrace::dynamodb {

struct ExportOptions {
  std::size_t file_bytes = 16u << 20;  // of a data file, before it is packed
};

// Everything must outlive it; one step at a time for each export. Any thread.
class ExportWork {
 public:
  struct World {
    table::Transfers& transfers;
    object::Objects& objects;
    const base::Clock& clock;
    const std::atomic<bool>& stopping;  // leave off soon, without a commit
  };
  ExportWork(World world, ExportOptions options) : world_(world), options_(options) {}

  // True: the export has ended, or somebody else is ahead. An error is the store's: try again later.
  base::Task<table::TableResult<bool>> step(table::Transfer transfer);

 private:
  struct Part;
  base::Task<table::TableResult<bool>> write_file(table::Transfer transfer,
                                                  const ExportTableToPointInTimeInput& request);
  base::Task<table::TableResult<bool>> read_part(Part& part);
  base::Task<table::TableResult<bool>> write_manifests(table::Transfer transfer,
                                                       const ExportTableToPointInTimeInput& request);
  base::Task<table::TableResult<bool>> fail(table::Transfer transfer, object::ObjectError error);

  const World world_;
  const ExportOptions options_;
};

// What a failed access to a bucket is in a description of an export or import.
struct TransferFailure {
  std::string code;
  std::string message;
};
TransferFailure bucket_failure(const object::ObjectError& error);

}  // namespace millrace::dynamodb
