// The operations' handlers, one per file. Shapes are declared only: who calls or defines one includes its header.
#pragma once

#include "services/dynamodb/dynamodb.h"
#include "wire/handler.h"

namespace millrace::dynamodb {

MILLRACE_HANDLER(DynamoDb, batch_execute_statement, BatchExecuteStatement);
MILLRACE_HANDLER(DynamoDb, batch_get_item, BatchGetItem);
MILLRACE_HANDLER(DynamoDb, batch_write_item, BatchWriteItem);
MILLRACE_HANDLER(DynamoDb, create_backup, CreateBackup);
MILLRACE_HANDLER(DynamoDb, create_global_table, CreateGlobalTable);
MILLRACE_HANDLER(DynamoDb, create_table, CreateTable);
MILLRACE_HANDLER(DynamoDb, delete_backup, DeleteBackup);
MILLRACE_HANDLER(DynamoDb, delete_item, DeleteItem);
MILLRACE_HANDLER(DynamoDb, delete_resource_policy, DeleteResourcePolicy);
MILLRACE_HANDLER(DynamoDb, delete_table, DeleteTable);
MILLRACE_HANDLER(DynamoDb, describe_backup, DescribeBackup);
MILLRACE_HANDLER(DynamoDb, describe_continuous_backups, DescribeContinuousBackups);
MILLRACE_HANDLER(DynamoDb, describe_contributor_insights, DescribeContributorInsights);
MILLRACE_HANDLER(DynamoDb, describe_endpoints, DescribeEndpoints);
MILLRACE_HANDLER(DynamoDb, describe_export, DescribeExport);
MILLRACE_HANDLER(DynamoDb, describe_global_table, DescribeGlobalTable);
MILLRACE_HANDLER(DynamoDb, describe_global_table_settings, DescribeGlobalTableSettings);
MILLRACE_HANDLER(DynamoDb, describe_import, DescribeImport);
MILLRACE_HANDLER(DynamoDb, describe_kinesis_streaming_destination, DescribeKinesisStreamingDestination);
MILLRACE_HANDLER(DynamoDb, describe_limits, DescribeLimits);
MILLRACE_HANDLER(DynamoDb, describe_table, DescribeTable);
MILLRACE_HANDLER(DynamoDb, describe_table_replica_auto_scaling, DescribeTableReplicaAutoScaling);
MILLRACE_HANDLER(DynamoDb, describe_time_to_live, DescribeTimeToLive);
MILLRACE_HANDLER(DynamoDb, execute_statement, ExecuteStatement);
MILLRACE_HANDLER(DynamoDb, execute_transaction, ExecuteTransaction);
MILLRACE_HANDLER(DynamoDb, export_table_to_point_in_time, ExportTableToPointInTime);
MILLRACE_HANDLER(DynamoDb, get_item, GetItem);
MILLRACE_HANDLER(DynamoDb, get_resource_policy, GetResourcePolicy);
MILLRACE_HANDLER(DynamoDb, import_table, ImportTable);
MILLRACE_HANDLER(DynamoDb, list_backups, ListBackups);
MILLRACE_HANDLER(DynamoDb, list_contributor_insights, ListContributorInsights);
MILLRACE_HANDLER(DynamoDb, list_exports, ListExports);
MILLRACE_HANDLER(DynamoDb, list_global_tables, ListGlobalTables);
MILLRACE_HANDLER(DynamoDb, list_imports, ListImports);
MILLRACE_HANDLER(DynamoDb, list_tables, ListTables);
MILLRACE_HANDLER(DynamoDb, list_tags_of_resource, ListTagsOfResource);
MILLRACE_HANDLER(DynamoDb, put_item, PutItem);
MILLRACE_HANDLER(DynamoDb, put_resource_policy, PutResourcePolicy);
MILLRACE_HANDLER(DynamoDb, query, Query);
MILLRACE_HANDLER(DynamoDb, restore_table_from_backup, RestoreTableFromBackup);
MILLRACE_HANDLER(DynamoDb, restore_table_to_point_in_time, RestoreTableToPointInTime);
MILLRACE_HANDLER(DynamoDb, scan, Scan);
MILLRACE_HANDLER(DynamoDb, tag_resource, TagResource);
MILLRACE_HANDLER(DynamoDb, transact_get_items, TransactGetItems);
MILLRACE_HANDLER(DynamoDb, transact_write_items, TransactWriteItems);
MILLRACE_HANDLER(DynamoDb, untag_resource, UntagResource);
MILLRACE_HANDLER(DynamoDb, update_continuous_backups, UpdateContinuousBackups);
MILLRACE_HANDLER(DynamoDb, update_contributor_insights, UpdateContributorInsights);
MILLRACE_HANDLER(DynamoDb, update_global_table, UpdateGlobalTable);
MILLRACE_HANDLER(DynamoDb, update_global_table_settings, UpdateGlobalTableSettings);
MILLRACE_HANDLER(DynamoDb, update_item, UpdateItem);
MILLRACE_HANDLER(DynamoDb, update_kinesis_streaming_destination, UpdateKinesisStreamingDestination);
MILLRACE_HANDLER(DynamoDb, update_table, UpdateTable);
MILLRACE_HANDLER(DynamoDb, update_table_replica_auto_scaling, UpdateTableReplicaAutoScaling);
MILLRACE_HANDLER(DynamoDb, update_time_to_live, UpdateTimeToLive);

// These two share their shapes.
struct KinesisStreamingDestinationInput;
struct KinesisStreamingDestinationOutput;
Answer<KinesisStreamingDestinationOutput> enable_kinesis_streaming_destination(
    DynamoDb& service, const wire::RequestContext& context, KinesisStreamingDestinationInput input);
Answer<KinesisStreamingDestinationOutput> disable_kinesis_streaming_destination(
    DynamoDb& service, const wire::RequestContext& context, KinesisStreamingDestinationInput input);

}  // namespace millrace::dynamodb
