// Time to live: removes items whose time has come, through the same decision as any other write, so that indexes, counters
// and the stream follow. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
// Any thread. Everything it is made with must outlive it.
#pragma once

#include <functional>

#include "base/clock.h"
#include "base/task.h"
#include "engines/table/definitions.h"
#include "engines/table/items.h"
#include "engines/table/table_error.h"

namespace millrace::table {

class Expiry {
 public:
  using Deleted = std::function<void(const TableDefinition& table, std::size_t items)>;
  Expiry(store::Store& store, Items& items, const base::Clock& clock, Deleted deleted = {})
      : store_(store), items_(items), clock_(clock), deleted_(std::move(deleted)) {}
  // Removes at most `limit` items of the table that expired; gives how many it looked at: fewer than `limit` means that
  // none is left for now.
  base::Task<TableResult<std::size_t>> sweep(DefinitionPtr table, std::size_t limit);

 private:
  base::Task<TableResult<void>> remove(DefinitionPtr table, Item key);
  store::Store& store_;
  Items& items_;
  const base::Clock& clock_;
  Deleted deleted_;  // may be empty
};

}  // namespace millrace::table
