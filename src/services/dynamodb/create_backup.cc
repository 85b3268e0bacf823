// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateBackup.html
#include "shapes/dynamodb/create_backup.h"

#include "services/dynamodb/backup_answers.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"

namespace millrace::dynamodb {

Answer<CreateBackupOutput> create_backup(DynamoDb& service, const wire::RequestContext& context,
                                         CreateBackupInput input) {
  auto name = table_name(context, input.table_name);
  if (!name) co_return base::fail(std::move(name.error()));
  BackupSubject subject;
  subject.table = name->name;
  table::Backups::NewBackup wanted;
  wanted.name = {std::move(*name), table::make_backup_id(service.random, context.now)};
  wanted.title = std::move(input.backup_name);
  wanted.now = context.now;
  auto made = co_await service.tables.backups().create(std::move(wanted));
  if (!made) co_return base::fail(to_backup_error(std::move(made.error()), subject));
  service.tables.wake_backfills();
  CreateBackupOutput output;
  output.backup_details = backup_details(*made);
  co_return output;
}

}  // namespace millrace::dynamodb
