// The table of contents of the DynamoDB API.
#include "services/dynamodb/handlers.h"
#include "shapes/dynamodb/batch_execute_statement.h"
#include "shapes/dynamodb/batch_get_item.h"
#include "shapes/dynamodb/batch_write_item.h"
#include "shapes/dynamodb/create_backup.h"
#include "shapes/dynamodb/create_global_table.h"
#include "shapes/dynamodb/create_table.h"
#include "shapes/dynamodb/delete_backup.h"
#include "shapes/dynamodb/delete_item.h"
#include "shapes/dynamodb/delete_resource_policy.h"
#include "shapes/dynamodb/delete_table.h"
#include "shapes/dynamodb/describe_backup.h"
#include "shapes/dynamodb/describe_continuous_backups.h"
#include "shapes/dynamodb/describe_contributor_insights.h"
#include "shapes/dynamodb/describe_endpoints.h"
#include "shapes/dynamodb/describe_export.h"
#include "shapes/dynamodb/describe_global_table.h"
#include "shapes/dynamodb/describe_global_table_settings.h"
#include "shapes/dynamodb/describe_import.h"
#include "shapes/dynamodb/describe_kinesis_streaming_destination.h"
#include "shapes/dynamodb/describe_limits.h"
#include "shapes/dynamodb/describe_table.h"
#include "shapes/dynamodb/describe_table_replica_auto_scaling.h"
#include "shapes/dynamodb/describe_time_to_live.h"
#include "shapes/dynamodb/disable_kinesis_streaming_destination.h"
#include "shapes/dynamodb/enable_kinesis_streaming_destination.h"
#include "shapes/dynamodb/execute_statement.h"
#include "shapes/dynamodb/execute_transaction.h"
#include "shapes/dynamodb/export_table_to_point_in_time.h"
#include "shapes/dynamodb/get_item.h"
#include "shapes/dynamodb/get_resource_policy.h"
#include "shapes/dynamodb/import_table.h"
#include "shapes/dynamodb/list_backups.h"
#include "shapes/dynamodb/list_contributor_insights.h"
#include "shapes/dynamodb/list_exports.h"
#include "shapes/dynamodb/list_global_tables.h"
#include "shapes/dynamodb/list_imports.h"
#include "shapes/dynamodb/list_tables.h"
#include "shapes/dynamodb/list_tags_of_resource.h"
#include "shapes/dynamodb/put_item.h"
#include "shapes/dynamodb/put_resource_policy.h"
#include "shapes/dynamodb/query.h"
#include "shapes/dynamodb/restore_table_from_backup.h"
#include "shapes/dynamodb/restore_table_to_point_in_time.h"
#include "shapes/dynamodb/scan.h"
#include "shapes/dynamodb/service.h"
#include "shapes/dynamodb/tag_resource.h"
#include "shapes/dynamodb/transact_get_items.h"
#include "shapes/dynamodb/transact_write_items.h"
#include "shapes/dynamodb/untag_resource.h"
#include "shapes/dynamodb/update_continuous_backups.h"
#include "shapes/dynamodb/update_contributor_insights.h"
#include "shapes/dynamodb/update_global_table.h"
#include "shapes/dynamodb/update_global_table_settings.h"
#include "shapes/dynamodb/update_item.h"
#include "shapes/dynamodb/update_kinesis_streaming_destination.h"
#include "shapes/dynamodb/update_table.h"
#include "shapes/dynamodb/update_table_replica_auto_scaling.h"
#include "shapes/dynamodb/update_time_to_live.h"

namespace millrace::dynamodb {
namespace {

constexpr auto kOperations = wire::operation_table(
    wire::operation<op::BatchExecuteStatement, batch_execute_statement>,
    wire::operation<op::BatchGetItem, batch_get_item>, wire::operation<op::BatchWriteItem, batch_write_item>,
    wire::operation<op::CreateBackup, create_backup>,
    wire::operation<op::CreateGlobalTable, create_global_table>,
    wire::operation<op::CreateTable, create_table>, wire::operation<op::DeleteBackup, delete_backup>,
    wire::operation<op::DeleteItem, delete_item>,
    wire::operation<op::DeleteResourcePolicy, delete_resource_policy>,
    wire::operation<op::DeleteTable, delete_table>, wire::operation<op::DescribeBackup, describe_backup>,
    wire::operation<op::DescribeContinuousBackups, describe_continuous_backups>,
    wire::operation<op::DescribeContributorInsights, describe_contributor_insights>,
    wire::operation<op::DescribeEndpoints, describe_endpoints>,
    wire::operation<op::DescribeExport, describe_export>,
    wire::operation<op::DescribeGlobalTable, describe_global_table>,
    wire::operation<op::DescribeGlobalTableSettings, describe_global_table_settings>,
    wire::operation<op::DescribeImport, describe_import>,
    wire::operation<op::DescribeKinesisStreamingDestination, describe_kinesis_streaming_destination>,
    wire::operation<op::DescribeLimits, describe_limits>, wire::operation<op::DescribeTable, describe_table>,
    wire::operation<op::DescribeTableReplicaAutoScaling, describe_table_replica_auto_scaling>,
    wire::operation<op::DescribeTimeToLive, describe_time_to_live>,
    wire::operation<op::DisableKinesisStreamingDestination, disable_kinesis_streaming_destination>,
    wire::operation<op::EnableKinesisStreamingDestination, enable_kinesis_streaming_destination>,
    wire::operation<op::ExecuteStatement, execute_statement>,
    wire::operation<op::ExecuteTransaction, execute_transaction>,
    wire::operation<op::ExportTableToPointInTime, export_table_to_point_in_time>,
    wire::operation<op::GetItem, get_item>, wire::operation<op::GetResourcePolicy, get_resource_policy>,
    wire::operation<op::ImportTable, import_table>, wire::operation<op::ListBackups, list_backups>,
    wire::operation<op::ListContributorInsights, list_contributor_insights>,
    wire::operation<op::ListExports, list_exports>, wire::operation<op::ListGlobalTables, list_global_tables>,
    wire::operation<op::ListImports, list_imports>, wire::operation<op::ListTables, list_tables>,
    wire::operation<op::ListTagsOfResource, list_tags_of_resource>, wire::operation<op::PutItem, put_item>,
    wire::operation<op::PutResourcePolicy, put_resource_policy>, wire::operation<op::Query, query>,
    wire::operation<op::RestoreTableFromBackup, restore_table_from_backup>,
    wire::operation<op::RestoreTableToPointInTime, restore_table_to_point_in_time>,
    wire::operation<op::Scan, scan>, wire::operation<op::TagResource, tag_resource>,
    wire::operation<op::TransactGetItems, transact_get_items>,
    wire::operation<op::TransactWriteItems, transact_write_items>,
    wire::operation<op::UntagResource, untag_resource>,
    wire::operation<op::UpdateContinuousBackups, update_continuous_backups>,
    wire::operation<op::UpdateContributorInsights, update_contributor_insights>,
    wire::operation<op::UpdateGlobalTable, update_global_table>,
    wire::operation<op::UpdateGlobalTableSettings, update_global_table_settings>,
    wire::operation<op::UpdateItem, update_item>,
    wire::operation<op::UpdateKinesisStreamingDestination, update_kinesis_streaming_destination>,
    wire::operation<op::UpdateTable, update_table>,
    wire::operation<op::UpdateTableReplicaAutoScaling, update_table_replica_auto_scaling>,
    wire::operation<op::UpdateTimeToLive, update_time_to_live>);

}  // namespace

wire::ServiceEntry operations(DynamoDb& service) {
  wire::ServiceEntry entry = wire::bind(kService, kOperations, service);
  entry.body_limit = 16u << 20;  // BatchWriteItem's
  return entry;
}

}  // namespace millrace::dynamodb
