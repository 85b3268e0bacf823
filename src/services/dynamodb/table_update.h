// What UpdateTable checks and does to a definition. Pure; any thread.
#pragma once

#include "engines/table/table_definition.h"
#include "services/dynamodb/dynamodb.h"
#include "shapes/dynamodb/update_table.h"

namespace millrace::dynamodb {

// Without the table.
Checked<void> check_table_update(const UpdateTableInput& input);
// `fresh`: the stream to take when the update switches one on; its view is set here.
Checked<void> apply_table_update(const UpdateTableInput& input, base::WallTime now,
                                 const table::TableStream& fresh, table::TableDefinition& table);

}  // namespace millrace::dynamodb
