// The operations' handlers, one per file. Shapes are declared only: who calls or defines one includes its header.
#pragma once

#include "services/dynamodb/dynamodb.h"

namespace millrace::dynamodb {

#define MILLRACE_HANDLER(function, Operation)                                                \
  struct Operation##Input;                                                                   \
  struct Operation##Output;                                                                  \
  Answer<Operation##Output> function(DynamoDb& service, const wire::RequestContext& context, \
                                     Operation##Input input)

MILLRACE_HANDLER(batch_get_item, BatchGetItem);
MILLRACE_HANDLER(batch_write_item, BatchWriteItem);
MILLRACE_HANDLER(create_table, CreateTable);
MILLRACE_HANDLER(delete_item, DeleteItem);
MILLRACE_HANDLER(delete_table, DeleteTable);
MILLRACE_HANDLER(describe_table, DescribeTable);
MILLRACE_HANDLER(get_item, GetItem);
MILLRACE_HANDLER(list_tables, ListTables);
MILLRACE_HANDLER(put_item, PutItem);
MILLRACE_HANDLER(query, Query);
MILLRACE_HANDLER(scan, Scan);
MILLRACE_HANDLER(update_item, UpdateItem);
MILLRACE_HANDLER(update_table, UpdateTable);

#undef MILLRACE_HANDLER

}  // namespace millrace::dynamodb
