// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
#include "shapes/dynamodb/export_table_to_point_in_time.h"

#include "base/encoding.h"
#include "engines/table/backups.h"
#include "services/dynamodb/backup_answers.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/export_format.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/transfer_answers.h"
#include "services/dynamodb/transfer_work.h"
#include "shapes/dynamodb/errors.h"

namespace millrace::dynamodb {
namespace {

constexpr std::size_t kMostAtOnce = 300;
constexpr std::chrono::minutes kShortestPeriod{15};
constexpr std::chrono::hours kLongestPeriod{24};

Checked<void> check_mix(const ExportTableToPointInTimeInput& input) {
  if (input.filter_specification) return refuse("FilterSpecification is not supported by Millrace");
  if (input.s3_sse_kms_key_id && input.s3_sse_algorithm != "KMS")
    return refuse("S3SseKmsKeyId can only be specified when S3SseAlgorithm is KMS");
  const bool incremental = input.export_type == "INCREMENTAL_EXPORT";
  if (!incremental && input.incremental_export_specification)
    return refuse(
        "IncrementalExportSpecification can only be specified when ExportType is INCREMENTAL_EXPORT");
  if (incremental && input.export_time)
    return refuse("ExportTime can only be specified when ExportType is FULL_EXPORT");
  if (incremental &&
      (!input.incremental_export_specification || !input.incremental_export_specification->export_from_time))
    return refuse("ExportFromTime must be specified when ExportType is INCREMENTAL_EXPORT");
  return {};
}

wire::ServiceError invalid_time(std::string message) {
  return invalid_export_time_exception(std::move(message));
}

Checked<table::Transfers::ExportTimes> read_times(const ExportTableToPointInTimeInput& input,
                                                  base::WallTime now) {
  table::Transfers::ExportTimes times;
  if (!input.incremental_export_specification) {
    times.time = input.export_time;
    return times;
  }
  times.since = input.incremental_export_specification->export_from_time;
  times.time = input.incremental_export_specification->export_to_time;
  const auto period = times.time.value_or(now) - *times.since;
  if (period < kShortestPeriod)
    return base::fail(
        invalid_time("Difference between ExportFromTime and ExportToTime must be at least 15 minutes"));
  if (period > kLongestPeriod)
    return base::fail(
        invalid_time("Difference between ExportFromTime and ExportToTime must not be more than 24 hours"));
  return times;
}

wire::ServiceError to_export_error(table::TableError error, const std::string& table) {
  switch (error.kind) {
    case table::TableErrorKind::kRestoreTime:
      return invalid_time(
          "The export time must lie between EarliestRestorableDateTime and LatestRestorableDateTime of table "
          "'" +
          table + "'");
    case table::TableErrorKind::kTokenReused:
      return export_conflict_exception(
          "The ClientToken was used for an export with other parameters within the last 8 hours");
    default:
      break;
  }
  BackupSubject subject;
  subject.table = table;
  return to_backup_error(std::move(error), subject);
}

}  // namespace

Answer<ExportTableToPointInTimeOutput> export_table_to_point_in_time(DynamoDb& service,
                                                                     const wire::RequestContext& context,
                                                                     ExportTableToPointInTimeInput input) {
  auto name = parse_table_arn(input.table_arn);
  if (!name) co_return refuse("Invalid TableArn: Invalid ResourceArn provided as input " + input.table_arn);
  const std::string shown = name->name;
  if (auto mixed = check_mix(input); !mixed) co_return base::fail(std::move(mixed.error()));
  auto times = read_times(input, context.now);
  if (!times) co_return base::fail(std::move(times.error()));
  if (name->account != context.account() || name->region != context.region)
    co_return base::fail(table_not_found_exception("Table not found: " + shown));
  auto room = co_await check_transfer_limit(service, table::TransferKind::kExport, kMostAtOnce);
  if (!room) co_return base::fail(std::move(room.error()));

  table::Transfers::NewTransfer wanted;
  wanted.name.kind = table::TransferKind::kExport;
  wanted.name.table = std::move(*name);
  wanted.name.id = table::make_backup_id(service.random, context.now);
  wanted.request = write_export_request(input);
  wanted.fingerprint = base::sha256(wanted.request);
  wanted.token = input.client_token.value_or("");
  wanted.now = context.now;
  auto begun = co_await service.tables.transfers().begin_export(std::move(wanted), *times);
  if (!begun) co_return base::fail(to_export_error(std::move(begun.error()), shown));
  if (service.transfer_work) service.transfer_work->wake();
  ExportTableToPointInTimeOutput output;
  output.export_description = export_description(begun->transfer);
  co_return output;
}

}  // namespace millrace::dynamodb
