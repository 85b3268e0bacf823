// Pieces of the transactions that write definitions. Internal to the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engines/table/table_definition.h"
#include "store/store.h"

namespace millrace::table {

// The first of `count` fresh ids. Reads next_id_key().
base::Result<std::uint64_t, store::StoreError> take_ids(store::Reader& view, store::Batch& batch,
                                                        std::size_t count);
// Null: there is none. Reads definition_key(name).
base::Result<std::shared_ptr<TableDefinition>, store::StoreError> read_definition(store::Reader& view,
                                                                                  const TableName& name);

// A transaction that writes or removes definitions. It is committed by Definitions::commit(), which counts the change
// (change_counts.h); elsewhere, or for a table it did not name, writing one is a bug and throws.
class DefinitionWriter : public store::Transaction {
 protected:
  // The definition and its version.
  void put_definition(const TableDefinition& definition, store::Batch& batch) const;
  void remove_definition(const TableName& name, store::Batch& batch) const;
  std::vector<TableName> tables;  // whose definitions it may write

 private:
  friend class Definitions;
  void expect_counted(const TableName& name) const;
  bool counted_ = false;
};

}  // namespace millrace::table
