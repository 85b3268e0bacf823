// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html
#include "shapes/dynamodb/describe_continuous_backups.h"

#include "services/dynamodb/backup_answers.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"

namespace millrace::dynamodb {

Answer<DescribeContinuousBackupsOutput> describe_continuous_backups(DynamoDb& service,
                                                                    const wire::RequestContext& context,
                                                                    DescribeContinuousBackupsInput input) {
  auto name = table_name(context, input.table_name);
  if (!name) co_return base::fail(std::move(name.error()));
  BackupSubject subject;
  subject.table = name->name;
  auto table = co_await service.tables.definitions().find(std::move(*name));
  if (!table) co_return base::fail(to_backup_error(std::move(table.error()), subject));
  DescribeContinuousBackupsOutput output;
  output.continuous_backups_description = continuous_backups(**table, context.now);
  co_return output;
}

}  // namespace millrace::dynamodb
