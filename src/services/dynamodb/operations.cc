// The table of contents of the DynamoDB API.
#include "services/dynamodb/handlers.h"
#include "shapes/dynamodb/batch_execute_statement.h"
#include "shapes/dynamodb/batch_get_item.h"
#include "shapes/dynamodb/batch_write_item.h"
#include "shapes/dynamodb/create_table.h"
#include "shapes/dynamodb/delete_item.h"
#include "shapes/dynamodb/delete_table.h"
#include "shapes/dynamodb/describe_endpoints.h"
#include "shapes/dynamodb/describe_limits.h"
#include "shapes/dynamodb/describe_table.h"
#include "shapes/dynamodb/describe_time_to_live.h"
#include "shapes/dynamodb/execute_statement.h"
#include "shapes/dynamodb/execute_transaction.h"
#include "shapes/dynamodb/get_item.h"
#include "shapes/dynamodb/list_tables.h"
#include "shapes/dynamodb/list_tags_of_resource.h"
#include "shapes/dynamodb/put_item.h"
#include "shapes/dynamodb/query.h"
#include "shapes/dynamodb/scan.h"
#include "shapes/dynamodb/service.h"
#include "shapes/dynamodb/tag_resource.h"
#include "shapes/dynamodb/transact_get_items.h"
#include "shapes/dynamodb/transact_write_items.h"
#include "shapes/dynamodb/untag_resource.h"
#include "shapes/dynamodb/update_item.h"
#include "shapes/dynamodb/update_table.h"
#include "shapes/dynamodb/update_time_to_live.h"

namespace millrace::dynamodb {
namespace {

constexpr auto kOperations = wire::operation_table(
    wire::operation<op::BatchExecuteStatement, batch_execute_statement>,
    wire::operation<op::BatchGetItem, batch_get_item>, wire::operation<op::BatchWriteItem, batch_write_item>,
    wire::operation<op::CreateTable, create_table>, wire::operation<op::DeleteItem, delete_item>,
    wire::operation<op::DeleteTable, delete_table>,
    wire::operation<op::DescribeEndpoints, describe_endpoints>,
    wire::operation<op::DescribeLimits, describe_limits>, wire::operation<op::DescribeTable, describe_table>,
    wire::operation<op::DescribeTimeToLive, describe_time_to_live>,
    wire::operation<op::ExecuteStatement, execute_statement>,
    wire::operation<op::ExecuteTransaction, execute_transaction>, wire::operation<op::GetItem, get_item>,
    wire::operation<op::ListTables, list_tables>,
    wire::operation<op::ListTagsOfResource, list_tags_of_resource>, wire::operation<op::PutItem, put_item>,
    wire::operation<op::Query, query>, wire::operation<op::Scan, scan>,
    wire::operation<op::TagResource, tag_resource>, wire::operation<op::TransactGetItems, transact_get_items>,
    wire::operation<op::TransactWriteItems, transact_write_items>,
    wire::operation<op::UntagResource, untag_resource>, wire::operation<op::UpdateItem, update_item>,
    wire::operation<op::UpdateTable, update_table>,
    wire::operation<op::UpdateTimeToLive, update_time_to_live>);

}  // namespace

wire::ServiceEntry operations(DynamoDb& service) {
  wire::ServiceEntry entry = wire::bind(kService, kOperations, service);
  entry.body_limit = 16u << 20;  // BatchWriteItem's
  return entry;
}

}  // namespace millrace::dynamodb
