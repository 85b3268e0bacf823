#include "services/dynamodb/errors.h"

#include "shapes/dynamodb/errors.h"

namespace millrace::dynamodb {
namespace {

using table::CancelCode;
using table::TableErrorKind;

constexpr char kThroughputExceeded[] =
    "The level of configured provisioned throughput for the table was exceeded. Consider increasing your "
    "provisioning "
    "level with the UpdateTable API.";

std::string_view cancel_code_name(CancelCode code) {
  switch (code) {
    case CancelCode::kNone:
      return "None";
    case CancelCode::kConditionFailed:
      return "ConditionalCheckFailed";
    case CancelCode::kInvalid:
      return "ValidationError";
    case CancelCode::kDuplicateItem:
      return "DuplicateItem";
    case CancelCode::kThrottled:
      return "ProvisionedThroughputExceeded";
  }
  return "None";
}

CancellationReason to_reason(table::CancelReason& reason) {
  CancellationReason out;
  out.code = cancel_code_name(reason.code);
  if (!reason.item.empty()) out.item = wire::RawJson{std::move(reason.item)};
  switch (reason.code) {
    case CancelCode::kNone:
      break;
    case CancelCode::kConditionFailed:
      out.message = "The conditional request failed";
      break;
    case CancelCode::kInvalid:
      out.message = std::move(reason.message);
      break;
    case CancelCode::kDuplicateItem:
      out.message = "Duplicate primary key exists in table";
      break;
    case CancelCode::kThrottled:
      out.message = kThroughputExceeded;
      break;
  }
  return out;
}

wire::ServiceError canceled(table::TableError& error) {
  TransactionCanceledException out;
  out.message = "Transaction cancelled, please refer cancellation reasons for specific reasons [";
  out.cancellation_reasons.emplace();
  for (table::CancelReason& reason : error.reasons) {
    if (&reason != &error.reasons.front()) out.message += ", ";
    out.message += cancel_code_name(reason.code);
    out.cancellation_reasons->push_back(to_reason(reason));
  }
  out.message += ']';
  return to_error(out);
}

}  // namespace

wire::ServiceError to_service_error(table::TableError error, ErrorItem item) {
  switch (error.kind) {
    case TableErrorKind::kTableNotFound:
      return resource_not_found_exception("Requested resource not found");
    case TableErrorKind::kIndexNotFound:
      return resource_not_found_exception(std::move(error.message));
    case TableErrorKind::kTableExists:
      return resource_in_use_exception(std::move(error.message));
    case TableErrorKind::kInvalid:
      return wire::validation_error(std::move(error.message));
    case TableErrorKind::kConditionFailed: {
      ConditionalCheckFailedException failed{"The conditional request failed", {}};
      if (item == ErrorItem::kAllOld && !error.item.empty())
        failed.item = wire::RawJson{std::move(error.item)};
      return to_error(failed);
    }
    case TableErrorKind::kDuplicateItem:
      return duplicate_item_exception("Duplicate primary key exists in table");
    case TableErrorKind::kProtected:
      return wire::validation_error(std::move(error.message));
    case TableErrorKind::kTableInUse:
      return resource_in_use_exception(std::move(error.message));
    case TableErrorKind::kBackupNotFound:
      return backup_not_found_exception("Backup not found");
    case TableErrorKind::kBackupInUse:
      return backup_in_use_exception(
          "There is another ongoing conflicting backup control plane operation on the table. The backup is "
          "either being "
          "created, deleted or restored to a table.");
    case TableErrorKind::kRecoveryOff:
      return point_in_time_recovery_unavailable_exception(
          "Point in time recovery is not enabled for the source table");
    case TableErrorKind::kRestoreTime:
      return invalid_restore_time_exception(
          "An invalid restore time was specified. RestoreDateTime must be between EarliestRestorableDateTime "
          "and "
          "LatestRestorableDateTime.");
    case TableErrorKind::kLimitExceeded:
      return limit_exceeded_exception(std::move(error.message));
    case TableErrorKind::kTransactionCanceled:
      return canceled(error);
    case TableErrorKind::kTokenReused:
      return idempotent_parameter_mismatch_exception(
          "Request parameters do not match the parameters of the original request with the same "
          "ClientRequestToken");
    case TableErrorKind::kThrottled:
      return throughput_exceeded();
    case TableErrorKind::kOverloaded:
      return throttling_exception("Too many writes are waiting. Try again.");
    case TableErrorKind::kStopped:
    case TableErrorKind::kStore:
      return internal_server_error(
          "The request processing has failed because of an unknown error, exception or failure.");
  }
  return wire::internal_error();
}

wire::ServiceError to_service_error(const table::ExpressionError& error) {
  return wire::validation_error(error.message);
}

wire::ServiceError table_not_found(std::string_view table_name) {
  return resource_not_found_exception("Requested resource not found: Table: " + std::string(table_name) +
                                      " not found");
}

wire::ServiceError throughput_exceeded() {
  return provisioned_throughput_exceeded_exception(kThroughputExceeded);
}

wire::ServiceError resource_missing(std::string_view arn) {
  return resource_not_found_exception("Requested resource not found: ResourcArn: " + std::string(arn) +
                                      " not found");  // sic
}

}  // namespace millrace::dynamodb
