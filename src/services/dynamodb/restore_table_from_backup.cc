// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableFromBackup.html
#include "shapes/dynamodb/restore_table_from_backup.h"

#include "services/dynamodb/backup_answers.h"
#include "services/dynamodb/describe.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/restore_target.h"

namespace millrace::dynamodb {

Answer<RestoreTableFromBackupOutput> restore_table_from_backup(DynamoDb& service,
                                                               const wire::RequestContext& context,
                                                               RestoreTableFromBackupInput input) {
  if (input.vector_index_override) co_return refuse("Vector indexes are not supported by Millrace");
  auto name = backup_name(context, input.backup_arn);
  if (!name) co_return base::fail(std::move(name.error()));
  BackupSubject subject;
  subject.target = input.target_table_name;
  subject.backup = input.backup_arn;
  auto backup = co_await service.tables.backups().find(*name);
  if (!backup) co_return base::fail(to_backup_error(std::move(backup.error()), subject));

  const RestoreOverrides overrides = restore_overrides(input);
  RestoreFacts facts;
  facts.uuid = base::make_uuid(service.random);
  facts.now = context.now;
  facts.restored_to = backup->created;
  facts.backup_arn = input.backup_arn;
  std::optional<wire::ServiceError> refused;
  table::Backups::MakeTarget make = [&](const table::TableDefinition& source) {
    refused.reset();
    auto made = restored_table(source, overrides, facts);
    if (made) return table::TableResult<table::TableDefinition>(std::move(*made));
    refused = std::move(made.error());
    return table::TableResult<table::TableDefinition>(table::table_error(table::TableErrorKind::kInvalid));
  };
  table::TableName target{context.account(), context.region, input.target_table_name};
  auto restored =
      co_await service.tables.backups().restore(std::move(*name), std::move(target), std::move(make));
  if (refused) co_return base::fail(std::move(*refused));
  if (!restored) co_return base::fail(to_backup_error(std::move(restored.error()), subject));
  service.tables.wake_backfills();
  RestoreTableFromBackupOutput output;
  output.table_description = describe(**restored, {}, context.now);
  co_return output;
}

}  // namespace millrace::dynamodb
