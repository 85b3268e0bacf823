// The task beside requests that carries out exports and imports, by turns, as soon as there are any; those that a restart cut off
// go on. Forgets those that ended 90 days ago, as AWS lists them no longer.
// Any thread. Everything it is made with must outlive it; run() must have ended before the store stops.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/doorbell.h"
#include "base/task.h"
#include "engines/object/objects.h"
#include "engines/table/tables.h"
#include "engines/telemetry/log_store.h"
#include "services/dynamodb/export_work.h"
#include "services/dynamodb/import_work.h"

namespace millrace::dynamodb {

class TransferWork {
 public:
  struct World {
    table::Tables& tables;
    object::Objects& objects;
    telemetry::LogStore& logs;
    base::Clock& clock;
  };
  explicit TransferWork(World world, ExportOptions exports = {}, ImportOptions imports = {});
  ~TransferWork();

  // Spawn once; ends soon after stop(). Not to be cancelled.
  base::Task<> run();
  void stop();
  // Something was begun.
  void wake();

  // One step of each; true: nothing is under way. For run() and for tests.
  base::Task<table::TableResult<bool>> round();

 private:
  base::Task<table::TableResult<bool>> import_step(table::Transfer transfer);

  const World world_;
  const ImportOptions import_options_;
  std::atomic<bool> stopping_ = false;
  ExportWork exports_;
  std::map<std::string, std::unique_ptr<ImportWork>> imports_;  // by ARN; what they hold between two steps
  base::Doorbell bell_;
};

}  // namespace millrace::dynamodb
