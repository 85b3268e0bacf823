// The tables there are: making, changing, finding, listing and removing them.
//
// Definitions are cached in memory; a cached one may be old when another node changed it. Whoever reads or writes by a
// definition therefore compares it with the store in the same view (is_current) and asks refresh() when it was old.
// Most often that needs no look at the store, as changes are counted (change_counts.h).
// Any thread. Everything it is made with must outlive it.
#pragma once

#include <functional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/task.h"
#include "engines/table/change_counts.h"
#include "engines/table/definition_writes.h"
#include "engines/table/table_definition.h"
#include "engines/table/table_error.h"
#include "store/store.h"

namespace millrace::table {

// Whether the store, in this view, still has the table as `definition` says. Reads version_key(definition.name) unless the
// definition is surely current at the time of the call: a read calls it last, so that the answer holds for all it saw.
base::Result<bool, store::StoreError> is_current(store::Reader& view, const TableDefinition& definition);

class Definitions {
 public:
  explicit Definitions(store::Store& store) : store_(store) {}

  // From memory, else from the store. kTableNotFound.
  base::Task<TableResult<DefinitionPtr>> find(TableName name);
  // Null when it is not in memory.
  DefinitionPtr find_cached(const TableName& name) const;
  // The newest definition of the table that `old` was; kTableNotFound when that table is gone, whatever has its name now.
  base::Task<TableResult<DefinitionPtr>> refresh(DefinitionPtr old);

  // Adds what else a creation or change must write in the same commit; pure, may run again.
  using AlsoWrite = std::function<void(const TableDefinition& definition, store::Batch& batch)>;
  // Gives ids to the table and its indexes. kTableExists.
  base::Task<TableResult<DefinitionPtr>> create(TableDefinition definition, AlsoWrite also);
  // `edit` changes the newest definition or refuses; pure, may run again. Indexes with id 0 get one. What dropped indexes
  // held is removed in the same commit. kTableInUse while the table is being restored.
  using Edit = std::function<TableResult<void>(TableDefinition& definition)>;
  base::Task<TableResult<DefinitionPtr>> change(TableName name, Edit edit, AlsoWrite also);
  // Removes the table with everything it held, in one commit: range deletions cost the same whatever they cover. A table with
  // point-in-time recovery leaves its items for the system backup that `also` must write (backups.h). kTableInUse.
  base::Task<TableResult<DefinitionPtr>> remove(TableName name, AlsoWrite also);

  // Commits what writes definitions: counted while it lasts, and in memory as they are afterwards.
  base::Task<base::Result<store::Committed, store::StoreError>> commit(DefinitionWriter& writer);

  // Names after `after`, at most `limit`, in order.
  base::Task<TableResult<std::vector<std::string>>> list(std::string account, std::string region,
                                                         std::string after, std::size_t limit);
  // All tables of all accounts and regions.
  base::Task<TableResult<std::vector<DefinitionPtr>>> all();
  base::Task<TableResult<TableCounters>> counters(DefinitionPtr table);

 private:
  DefinitionPtr remember(DefinitionPtr definition);
  void forget(const TableName& name);
  base::Task<TableResult<DefinitionPtr>> load(TableName name);

  store::Store& store_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, DefinitionPtr> cache_;  // by name
  ChangeCounts counts_;
};

}  // namespace millrace::table
