// Backups as the API describes them, and their errors. Pure; any thread.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BackupDescription.html
#pragma once

#include <string>
#include <string_view>

#include "engines/table/backups.h"
#include "services/dynamodb/dynamodb.h"
#include "shapes/dynamodb/types/backup_description.h"
#include "shapes/dynamodb/types/continuous_backups_description.h"

namespace millrace::dynamodb {

BackupDetails backup_details(const table::Backup& backup);
BackupDescription backup_description(const table::Backup& backup);
ContinuousBackupsDescription continuous_backups(const table::TableDefinition& table, base::WallTime now);

// The backup that an ARN names; one of another account is not found.
Checked<table::BackupName> backup_name(const wire::RequestContext& context, const std::string& arn);

// The engine's errors in the words of these operations: they have their own for tables that are missing, there or busy.
struct BackupSubject {
  std::string table;   // that is read
  std::string target;  // that is made
  std::string backup;  // ARN
};
wire::ServiceError to_backup_error(table::TableError error, const BackupSubject& subject);

}  // namespace millrace::dynamodb
