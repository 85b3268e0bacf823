// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteBackup.html
#include "shapes/dynamodb/delete_backup.h"

#include "services/dynamodb/backup_answers.h"
#include "services/dynamodb/handlers.h"

namespace millrace::dynamodb {

Answer<DeleteBackupOutput> delete_backup(DynamoDb& service, const wire::RequestContext& context,
                                         DeleteBackupInput input) {
  auto name = backup_name(context, input.backup_arn);
  if (!name) co_return base::fail(std::move(name.error()));
  BackupSubject subject;
  subject.backup = input.backup_arn;
  auto removed = co_await service.tables.backups().remove(std::move(*name));
  if (!removed) co_return base::fail(to_backup_error(std::move(removed.error()), subject));
  DeleteBackupOutput output;
  output.backup_description = backup_description(*removed);
  output.backup_description->backup_details->backup_status = "DELETED";
  co_return output;
}

}  // namespace millrace::dynamodb
