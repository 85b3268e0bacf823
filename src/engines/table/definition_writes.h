// Pieces of the transactions that write definitions. Internal to the engine.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engines/table/table_definition.h"
#include "store/store.h"

namespace millrace::table {

// The first of `count` fresh ids. Reads next_id_key().
base::Result<std::uint64_t, store::StoreError> take_ids(store::Reader& view, store::Batch& batch,
                                                        std::size_t count);
// The definition and its version.
void put_definition(const TableDefinition& definition, store::Batch& batch);
// Null: there is none. Reads definition_key(name).
base::Result<DefinitionPtr, store::StoreError> read_definition(store::Reader& view, const TableName& name);

}  // namespace millrace::table
