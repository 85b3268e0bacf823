// The operations' handlers, one per file. Shapes are declared only: who calls or defines one includes its header.
#pragma once

#include "services/dynamodb/dynamodb.h"

namespace millrace::dynamodb {

#define MILLRACE_HANDLER(function, Operation)                                                \
  struct Operation##Input;                                                                   \
  struct Operation##Output;                                                                  \
  Answer<Operation##Output> function(DynamoDb& service, const wire::RequestContext& context, \
                                     Operation##Input input)

MILLRACE_HANDLER(batch_execute_statement, BatchExecuteStatement);
MILLRACE_HANDLER(batch_get_item, BatchGetItem);
MILLRACE_HANDLER(batch_write_item, BatchWriteItem);
MILLRACE_HANDLER(create_backup, CreateBackup);
MILLRACE_HANDLER(create_global_table, CreateGlobalTable);
MILLRACE_HANDLER(create_table, CreateTable);
MILLRACE_HANDLER(delete_backup, DeleteBackup);
MILLRACE_HANDLER(delete_item, DeleteItem);
MILLRACE_HANDLER(delete_resource_policy, DeleteResourcePolicy);
MILLRACE_HANDLER(delete_table, DeleteTable);
MILLRACE_HANDLER(describe_backup, DescribeBackup);
MILLRACE_HANDLER(describe_continuous_backups, DescribeContinuousBackups);
MILLRACE_HANDLER(describe_contributor_insights, DescribeContributorInsights);
MILLRACE_HANDLER(describe_endpoints, DescribeEndpoints);
MILLRACE_HANDLER(describe_export, DescribeExport);
MILLRACE_HANDLER(describe_global_table, DescribeGlobalTable);
MILLRACE_HANDLER(describe_global_table_settings, DescribeGlobalTableSettings);
MILLRACE_HANDLER(describe_import, DescribeImport);
MILLRACE_HANDLER(describe_kinesis_streaming_destination, DescribeKinesisStreamingDestination);
MILLRACE_HANDLER(describe_limits, DescribeLimits);
MILLRACE_HANDLER(describe_table, DescribeTable);
MILLRACE_HANDLER(describe_table_replica_auto_scaling, DescribeTableReplicaAutoScaling);
MILLRACE_HANDLER(describe_time_to_live, DescribeTimeToLive);
MILLRACE_HANDLER(execute_statement, ExecuteStatement);
MILLRACE_HANDLER(execute_transaction, ExecuteTransaction);
MILLRACE_HANDLER(export_table_to_point_in_time, ExportTableToPointInTime);
MILLRACE_HANDLER(get_item, GetItem);
MILLRACE_HANDLER(get_resource_policy, GetResourcePolicy);
MILLRACE_HANDLER(import_table, ImportTable);
MILLRACE_HANDLER(list_backups, ListBackups);
MILLRACE_HANDLER(list_contributor_insights, ListContributorInsights);
MILLRACE_HANDLER(list_exports, ListExports);
MILLRACE_HANDLER(list_global_tables, ListGlobalTables);
MILLRACE_HANDLER(list_imports, ListImports);
MILLRACE_HANDLER(list_tables, ListTables);
MILLRACE_HANDLER(list_tags_of_resource, ListTagsOfResource);
MILLRACE_HANDLER(put_item, PutItem);
MILLRACE_HANDLER(put_resource_policy, PutResourcePolicy);
MILLRACE_HANDLER(query, Query);
MILLRACE_HANDLER(restore_table_from_backup, RestoreTableFromBackup);
MILLRACE_HANDLER(restore_table_to_point_in_time, RestoreTableToPointInTime);
MILLRACE_HANDLER(scan, Scan);
MILLRACE_HANDLER(tag_resource, TagResource);
MILLRACE_HANDLER(transact_get_items, TransactGetItems);
MILLRACE_HANDLER(transact_write_items, TransactWriteItems);
MILLRACE_HANDLER(untag_resource, UntagResource);
MILLRACE_HANDLER(update_continuous_backups, UpdateContinuousBackups);
MILLRACE_HANDLER(update_contributor_insights, UpdateContributorInsights);
MILLRACE_HANDLER(update_global_table, UpdateGlobalTable);
MILLRACE_HANDLER(update_global_table_settings, UpdateGlobalTableSettings);
MILLRACE_HANDLER(update_item, UpdateItem);
MILLRACE_HANDLER(update_kinesis_streaming_destination, UpdateKinesisStreamingDestination);
MILLRACE_HANDLER(update_table, UpdateTable);
MILLRACE_HANDLER(update_table_replica_auto_scaling, UpdateTableReplicaAutoScaling);
MILLRACE_HANDLER(update_time_to_live, UpdateTimeToLive);

#undef MILLRACE_HANDLER

// These two share their shapes.
struct KinesisStreamingDestinationInput;
struct KinesisStreamingDestinationOutput;
Answer<KinesisStreamingDestinationOutput> enable_kinesis_streaming_destination(
    DynamoDb& service, const wire::RequestContext& context, KinesisStreamingDestinationInput input);
Answer<KinesisStreamingDestinationOutput> disable_kinesis_streaming_destination(
    DynamoDb& service, const wire::RequestContext& context, KinesisStreamingDestinationInput input);

}  // namespace millrace::dynamodb
