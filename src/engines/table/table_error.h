// What may go wrong with tables and items, as expected values.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace millrace::table {

enum class TableErrorKind {
  kTableNotFound,
  kTableExists,
  kInvalid,          // message: AWS's ValidationException
  kIndexNotFound,    // message says which
  kConditionFailed,  // item: the item that failed it, when there is one
  kDuplicateItem,    // an INSERT of an item that is there
  kProtected,        // deletion protection is on
  kTableInUse,       // being restored, or copied into a backup; message: AWS's ResourceInUseException
  kBackupNotFound,
  kBackupInUse,          // being made, or a table is being restored from it
  kRecoveryOff,          // point-in-time recovery is not enabled
  kRestoreTime,          // outside what can be restored
  kLimitExceeded,        // message: AWS's
  kTransactionCanceled,  // reasons, one for each item of the transaction
  kTokenReused,          // the idempotency token belongs to another request
  kThrottled,            // the provisioned throughput is used up
  kOverloaded,           // nothing was written; trying again is right
  kStopped,
  kStore,  // the store failed; the message is in the server's log
};

// Why one item of a transaction stopped it; kNone for those that did not.
enum class CancelCode { kNone, kConditionFailed, kInvalid, kDuplicateItem, kThrottled };
struct CancelReason {
  CancelCode code = CancelCode::kNone;
  std::string message;
  std::string item;  // stored JSON, or empty
};

struct TableError {
  TableErrorKind kind = TableErrorKind::kStore;
  std::string message;
  std::string item;  // JSON, or empty
  std::vector<CancelReason> reasons;
};

template <class T>
using TableResult = base::Result<T, TableError>;

inline auto table_error(TableErrorKind kind, std::string message = {}) {
  return base::fail(TableError{kind, std::move(message), {}, {}});
}
inline TableError from_store(store::StoreError error) {
  switch (error) {
    case store::StoreError::kOverloaded:
      return {TableErrorKind::kOverloaded, {}, {}, {}};
    case store::StoreError::kStopped:
      return {TableErrorKind::kStopped, {}, {}, {}};
    default:
      return {TableErrorKind::kStore, {}, {}, {}};
  }
}

}  // namespace millrace::table
