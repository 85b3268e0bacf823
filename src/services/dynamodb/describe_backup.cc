// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeBackup.html
#include "shapes/dynamodb/describe_backup.h"

#include "services/dynamodb/backup_answers.h"
#include "services/dynamodb/handlers.h"

namespace millrace::dynamodb {

Answer<DescribeBackupOutput> describe_backup(DynamoDb& service, const wire::RequestContext& context,
                                             DescribeBackupInput input) {
  auto name = backup_name(context, input.backup_arn);
  if (!name) co_return base::fail(std::move(name.error()));
  BackupSubject subject;
  subject.backup = input.backup_arn;
  auto backup = co_await service.tables.backups().find(std::move(*name));
  if (!backup) co_return base::fail(to_backup_error(std::move(backup.error()), subject));
  DescribeBackupOutput output;
  output.backup_description = backup_description(*backup);
  co_return output;
}

}  // namespace millrace::dynamodb
