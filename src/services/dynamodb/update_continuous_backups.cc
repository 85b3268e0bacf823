// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html
#include "shapes/dynamodb/update_continuous_backups.h"

#include "services/dynamodb/backup_answers.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "shapes/dynamodb/errors.h"

namespace millrace::dynamodb {

Answer<UpdateContinuousBackupsOutput> update_continuous_backups(DynamoDb& service,
                                                                const wire::RequestContext& context,
                                                                UpdateContinuousBackupsInput input) {
  auto name = table_name(context, input.table_name);
  if (!name) co_return base::fail(std::move(name.error()));
  const PointInTimeRecoverySpecification& wanted = input.point_in_time_recovery_specification;
  if (!wanted.point_in_time_recovery_enabled && wanted.recovery_period_in_days)
    co_return refuse_parameter(
        "RecoveryPeriodInDays can only be specified when PointInTimeRecoveryEnabled is true");
  BackupSubject subject;
  subject.table = name->name;
  const base::WallTime now = context.now;
  table::Definitions::Edit edit = [&wanted, now](table::TableDefinition& table) -> table::TableResult<void> {
    if (!wanted.point_in_time_recovery_enabled) {
      table.recovery = {};
      return {};
    }
    if (!table.recovery.enabled) table.recovery = {true, now, 35};
    if (wanted.recovery_period_in_days) table.recovery.days = *wanted.recovery_period_in_days;
    return {};
  };
  table::Definitions::AlsoWrite forget = [](const table::TableDefinition& table, store::Batch& batch) {
    if (!table.keeps_history()) table::remove_history(batch, table.id);
  };
  auto changed =
      co_await service.tables.definitions().change(std::move(*name), std::move(edit), std::move(forget));
  if (!changed && changed.error().kind == table::TableErrorKind::kTableInUse)
    co_return base::fail(continuous_backups_unavailable_exception(
        "Backups are being enabled for the table: " + subject.table + ". Please retry later"));
  if (!changed) co_return base::fail(to_backup_error(std::move(changed.error()), subject));
  UpdateContinuousBackupsOutput output;
  output.continuous_backups_description = continuous_backups(**changed, now);
  co_return output;
}

}  // namespace millrace::dynamodb
