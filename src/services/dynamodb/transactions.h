// What TransactWriteItems, TransactGetItems and ExecuteTransaction share. Pure; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engines/table/items.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/dynamodb.h"

namespace millrace::dynamodb {

// No item twice. Items whose keys do not fit their table are left to the transaction, which says so in its reasons.
Checked<void> check_distinct(const std::vector<table::TableWrite>& writes);
Checked<void> check_distinct(const std::vector<table::TableRead>& reads);

// Capacity of all tables of a transaction.
class TransactionMeter {
 public:
  enum class Kind { kNone, kRead, kWrite };
  explicit TransactionMeter(const std::optional<std::string>& wanted) : wanted_(wanted) {}
  CapacityMeter& of(const table::DefinitionPtr& table);
  std::optional<std::vector<ConsumedCapacity>> result(Kind kind = Kind::kNone) const;

 private:
  const std::optional<std::string>& wanted_;
  std::map<std::string, CapacityMeter> meters_;
};

}  // namespace millrace::dynamodb
