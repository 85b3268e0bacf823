// From CreateTable's parameters to the table it makes, without its stream and id. Pure; any thread.
#pragma once

#include "services/dynamodb/table_schema.h"
#include "shapes/dynamodb/create_table.h"

namespace millrace::dynamodb {

Checked<table::TableDefinition> created_table(const CreateTableInput& input, table::TableName name,
                                              base::WallTime now);

}  // namespace millrace::dynamodb
