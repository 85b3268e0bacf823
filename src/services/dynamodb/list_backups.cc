// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListBackups.html
#include "shapes/dynamodb/list_backups.h"

#include "services/dynamodb/backup_answers.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"

namespace millrace::dynamodb {
namespace {

bool is_wanted(const ListBackupsInput& input, const table::Backup& backup) {
  if (input.time_range_lower_bound && backup.created < *input.time_range_lower_bound) return false;
  if (input.time_range_upper_bound && backup.created >= *input.time_range_upper_bound) return false;
  const std::string_view type = input.backup_type ? std::string_view(*input.backup_type) : "USER";
  return type == "ALL" || type == (backup.type == table::BackupType::kSystem ? "SYSTEM" : "USER");
}

BackupSummary summarize(const table::Backup& backup) {
  BackupDetails details = backup_details(backup);
  BackupSummary out;
  out.table_name = backup.definition->name.name;
  out.table_id = backup.definition->uuid;
  out.table_arn = backup.definition->arn();
  out.backup_arn = std::move(details.backup_arn);
  out.backup_name = std::move(details.backup_name);
  out.backup_creation_date_time = details.backup_creation_date_time;
  out.backup_expiry_date_time = details.backup_expiry_date_time;
  out.backup_status = std::move(details.backup_status);
  out.backup_type = std::move(details.backup_type);
  out.backup_size_bytes = details.backup_size_bytes;
  return out;
}

}  // namespace

Answer<ListBackupsOutput> list_backups(DynamoDb& service, const wire::RequestContext& context,
                                       ListBackupsInput input) {
  table::Backups::ListRequest request;
  request.account = context.account();
  request.region = context.region;
  if (input.table_name) {
    auto name = table_name(context, *input.table_name);
    if (!name) co_return base::fail(std::move(name.error()));
    request.table = name->name;
  }
  if (input.exclusive_start_backup_arn) {
    auto after = backup_name(context, *input.exclusive_start_backup_arn);
    if (!after) co_return base::fail(std::move(after.error()));
    request.after = std::move(*after);
  }
  auto backups = co_await service.tables.backups().list(std::move(request));
  if (!backups) co_return base::fail(to_service_error(std::move(backups.error())));
  std::erase_if(*backups, [&](const table::Backup& backup) { return !is_wanted(input, backup); });
  const auto limit = static_cast<std::size_t>(input.limit.value_or(100));
  ListBackupsOutput output;
  if (backups->size() > limit) {
    backups->resize(limit);
    output.last_evaluated_backup_arn = table::backup_arn(backups->back().name);
  }
  output.backup_summaries.emplace();
  for (const table::Backup& backup : *backups)
    output.backup_summaries->push_back(summarize(backup));
  co_return output;
}

}  // namespace millrace::dynamodb
