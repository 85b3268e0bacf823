// Fills a new index (or the expiry entries of a table that got time to live) from the items that were there before, in
// bounded steps. A step is one transaction, so that it agrees with the writes beside it; its position is durable, so
// that it goes on after a restart.
// Any thread, but one task per table and index at a time. Everything it is made with must outlive it.
#pragma once

#include "base/task.h"
#include "engines/table/definitions.h"
#include "engines/table/table_error.h"

namespace millrace::table {

struct BackfillTarget {
  IndexId index = 0;  // 0: expiry entries
};

// What the table still has to fill; nullopt: nothing.
std::optional<BackfillTarget> next_backfill(const TableDefinition& table);

class Backfill {
 public:
  Backfill(store::Store& store, Definitions& definitions) : store_(store), definitions_(definitions) {}
  // One step; true when the target is complete and the definition says so.
  base::Task<TableResult<bool>> step(DefinitionPtr table, BackfillTarget target);

 private:
  base::Task<TableResult<bool>> finish(DefinitionPtr table, BackfillTarget target);
  store::Store& store_;
  Definitions& definitions_;
};

}  // namespace millrace::table
