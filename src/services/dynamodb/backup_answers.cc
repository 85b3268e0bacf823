#include "services/dynamodb/backup_answers.h"

#include "services/dynamodb/describe.h"
#include "services/dynamodb/errors.h"
#include "shapes/dynamodb/errors.h"

namespace millrace::dynamodb {
namespace {

using table::TableErrorKind;

std::optional<ProvisionedThroughput> provisioned(const table::Throughput& throughput) {
  ProvisionedThroughput out;
  out.read_capacity_units = throughput.read;
  out.write_capacity_units = throughput.write;
  return out;
}

SourceTableDetails source_table(const table::Backup& backup) {
  const table::TableDefinition& table = *backup.definition;
  SourceTableDetails out;
  out.table_name = table.name.name;
  out.table_id = table.uuid;
  out.table_arn = table.arn();
  out.table_size_bytes = backup.size.bytes;
  out.key_schema = describe_keys(table.keys);
  out.table_creation_date_time = table.created;
  out.provisioned_throughput = *provisioned(table.throughput);
  out.item_count = backup.size.items;
  out.billing_mode = table.billing == table::BillingMode::kPayPerRequest ? "PAY_PER_REQUEST" : "PROVISIONED";
  return out;
}

void add_indexes(const table::TableDefinition& table, SourceTableFeatureDetails& out) {
  for (const table::IndexDefinition& index : table.indexes) {
    if (index.global) {
      GlobalSecondaryIndexInfo info;
      info.index_name = index.name;
      info.key_schema = describe_keys(index.keys);
      info.projection = describe_projection(index);
      if (table.billing == table::BillingMode::kProvisioned)
        info.provisioned_throughput = provisioned(index.throughput);
      if (!out.global_secondary_indexes) out.global_secondary_indexes.emplace();
      out.global_secondary_indexes->push_back(std::move(info));
    } else {
      LocalSecondaryIndexInfo info;
      info.index_name = index.name;
      info.key_schema = describe_keys(index.keys);
      info.projection = describe_projection(index);
      if (!out.local_secondary_indexes) out.local_secondary_indexes.emplace();
      out.local_secondary_indexes->push_back(std::move(info));
    }
  }
}

SourceTableFeatureDetails source_features(const table::Backup& backup) {
  const table::TableDefinition& table = *backup.definition;
  SourceTableFeatureDetails out;
  add_indexes(table, out);
  const TableDescription described = describe(table, {}, table.created);
  out.stream_description = described.stream_specification;
  out.sse_description = described.sse_description;
  if (table.ttl.enabled) {
    TimeToLiveDescription ttl;
    ttl.time_to_live_status = "ENABLED";
    ttl.attribute_name = table.ttl.attribute;
    out.time_to_live_description = ttl;
  }
  return out;
}

}  // namespace

BackupDetails backup_details(const table::Backup& backup) {
  BackupDetails out;
  out.backup_arn = table::backup_arn(backup.name);
  out.backup_name = backup.title;
  out.backup_size_bytes = backup.size.bytes;
  out.backup_status = backup.available ? "AVAILABLE" : "CREATING";
  out.backup_type = backup.type == table::BackupType::kSystem ? "SYSTEM" : "USER";
  out.backup_creation_date_time = backup.created;
  if (backup.expires != base::WallTime{}) out.backup_expiry_date_time = backup.expires;
  return out;
}

BackupDescription backup_description(const table::Backup& backup) {
  BackupDescription out;
  out.backup_details = backup_details(backup);
  out.source_table_details = source_table(backup);
  out.source_table_feature_details = source_features(backup);
  return out;
}

ContinuousBackupsDescription continuous_backups(const table::TableDefinition& table, base::WallTime now) {
  PointInTimeRecoveryDescription recovery;
  recovery.point_in_time_recovery_status = table.recovery.enabled ? "ENABLED" : "DISABLED";
  if (table.recovery.enabled) {
    const table::RecoveryWindow window = table::recovery_window(table.recovery, now);
    recovery.recovery_period_in_days = table.recovery.days;
    recovery.earliest_restorable_date_time = window.earliest;
    recovery.latest_restorable_date_time = window.latest;
  }
  ContinuousBackupsDescription out;
  out.continuous_backups_status = "ENABLED";  // of every table, says AWS: a backup can be made at any time
  out.point_in_time_recovery_description = recovery;
  return out;
}

Checked<table::BackupName> backup_name(const wire::RequestContext& context, const std::string& arn) {
  auto name = table::parse_backup_arn(arn);
  if (!name) return refuse("Invalid BackupArn: " + arn);
  if (name->table.account != context.account() || name->table.region != context.region)
    return base::fail(backup_not_found_exception("Backup not found: " + arn));
  return std::move(*name);
}

wire::ServiceError to_backup_error(table::TableError error, const BackupSubject& subject) {
  switch (error.kind) {
    case TableErrorKind::kTableNotFound:
      return table_not_found_exception("Table not found: " + subject.table);
    case TableErrorKind::kTableExists:
      return table_already_exists_exception("Table already exists: " + subject.target);
    case TableErrorKind::kTableInUse:
      return table_in_use_exception("Table is being created: " + subject.table);
    case TableErrorKind::kBackupNotFound:
      return backup_not_found_exception("Backup not found: " + subject.backup);
    case TableErrorKind::kRecoveryOff:
      return point_in_time_recovery_unavailable_exception(
          "Point in time recovery is not enabled for table '" + subject.table + "'");
    default:
      return to_service_error(std::move(error));
  }
}

}  // namespace millrace::dynamodb
