#include "services/dynamodb/transactions.h"

#include <set>

#include "engines/table/item_validation.h"
#include "engines/table/item_write.h"
#include "engines/table/table_keys.h"
#include "services/dynamodb/errors.h"

namespace millrace::dynamodb {
namespace {

auto twice() {
  return refuse("Transaction request cannot include multiple operations on one item");
}

}  // namespace

Checked<void> check_distinct(const std::vector<table::TableWrite>& writes) {
  std::set<std::string> seen;
  for (const table::TableWrite& one : writes) {
    if (!table::check_write(*one.table, one.write)) continue;
    if (!seen.insert(table::item_key(*one.table, *one.write.item)).second) return twice();
  }
  return {};
}

Checked<void> check_distinct(const std::vector<table::TableRead>& reads) {
  std::set<std::string> seen;
  for (const table::TableRead& one : reads) {
    if (!table::check_key(*one.key, one.table->keys.view())) continue;
    if (!seen.insert(table::item_key(*one.table, *one.key)).second) return twice();
  }
  return {};
}

CapacityMeter& TransactionMeter::of(const table::DefinitionPtr& table) {
  return meters_.try_emplace(table->name.name, table, wanted_).first->second;
}

std::optional<std::vector<ConsumedCapacity>> TransactionMeter::result(Kind kind) const {
  std::vector<ConsumedCapacity> out;
  for (const auto& [name, meter] : meters_) {
    auto capacity = meter.result();
    if (!capacity) return std::nullopt;
    if (kind == Kind::kRead) capacity->read_capacity_units = capacity->capacity_units;
    if (kind == Kind::kWrite) capacity->write_capacity_units = capacity->capacity_units;
    out.push_back(std::move(*capacity));
  }
  return out;
}

}  // namespace millrace::dynamodb
