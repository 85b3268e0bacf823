// The work behind backups and restores: copies that are under way, each in bounded steps (docs/design/0012-backups.md). A step
// reads a part of the source as of its stamp, then commits it with the copy's new position; who comes second to the same step
// finds the position moved and does nothing, so a restart, or another node, does no harm.
// Any thread. Everything it is made with must outlive it.
#pragma once

#include <vector>

#include "base/task.h"
#include "engines/table/backup.h"
#include "engines/table/definitions.h"
#include "engines/table/table_error.h"

namespace millrace::table {

class Copying {
 public:
  Copying(store::Store& store, Definitions& definitions) : store_(store), definitions_(definitions) {}

  base::Task<TableResult<std::vector<Copy>>> under_way();
  // One step; true when nothing is left of the copy: what it filled is available or active.
  base::Task<TableResult<bool>> step(Copy& copy);

 private:
  base::Task<TableResult<bool>> finish(Copy copy);
  store::Store& store_;
  Definitions& definitions_;
};

// Begins a copy in the commit that also writes what it fills.
void begin_copy(store::Batch& batch, const Copy& copy);

}  // namespace millrace::table
