// From what a Query or Scan asks to the range of store keys to read, after AWS's checks. Internal to the engine. Pure.
#pragma once

#include "base/result.h"
#include "engines/table/pages.h"
#include "store/store.h"

namespace millrace::table {

base::Result<store::KeyRange, ExpressionError> page_range(const TableDefinition& table,
                                                          const IndexDefinition* index,
                                                          const PageRequest& request);

}  // namespace millrace::table
