// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
#include "shapes/dynamodb/restore_table_to_point_in_time.h"

#include "services/dynamodb/backup_answers.h"
#include "services/dynamodb/describe.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/restore_target.h"

namespace millrace::dynamodb {
namespace {

Checked<table::Backups::PastTable> read_source(const wire::RequestContext& context,
                                               const RestoreTableToPointInTimeInput& input) {
  if (input.vector_index_override) return refuse("Vector indexes are not supported by Millrace");
  if (input.source_table_name.has_value() == input.source_table_arn.has_value())
    return refuse_parameter("Exactly one of SourceTableName and SourceTableArn must be specified");
  const bool latest = input.use_latest_restorable_time.value_or(false);
  if (latest == input.restore_date_time.has_value())
    return refuse_parameter("Exactly one of RestoreDateTime and UseLatestRestorableTime must be specified");
  auto name =
      table_name(context, input.source_table_name ? *input.source_table_name : *input.source_table_arn);
  if (!name) return base::fail(std::move(name.error()));
  table::Backups::PastTable source;
  source.table = std::move(*name);
  source.time = input.restore_date_time;
  source.now = context.now;
  return source;
}

}  // namespace

Answer<RestoreTableToPointInTimeOutput> restore_table_to_point_in_time(DynamoDb& service,
                                                                       const wire::RequestContext& context,
                                                                       RestoreTableToPointInTimeInput input) {
  auto source = read_source(context, input);
  if (!source) co_return base::fail(std::move(source.error()));
  BackupSubject subject;
  subject.table = source->table.name;
  subject.target = input.target_table_name;

  const RestoreOverrides overrides = restore_overrides(input);
  RestoreFacts facts;
  facts.uuid = base::make_uuid(service.random);
  facts.now = context.now;
  facts.restored_to = source->time.value_or(context.now);
  std::optional<wire::ServiceError> refused;
  table::Backups::MakeTarget make = [&](const table::TableDefinition& table) {
    refused.reset();
    auto made = restored_table(table, overrides, facts);
    if (made) return table::TableResult<table::TableDefinition>(std::move(*made));
    refused = std::move(made.error());
    return table::TableResult<table::TableDefinition>(table::table_error(table::TableErrorKind::kInvalid));
  };
  table::TableName target{context.account(), context.region, input.target_table_name};
  auto restored =
      co_await service.tables.backups().restore(std::move(*source), std::move(target), std::move(make));
  if (refused) co_return base::fail(std::move(*refused));
  if (!restored) co_return base::fail(to_backup_error(std::move(restored.error()), subject));
  service.tables.wake_backfills();
  RestoreTableToPointInTimeOutput output;
  output.table_description = describe(**restored, {}, context.now);
  co_return output;
}

}  // namespace millrace::dynamodb
