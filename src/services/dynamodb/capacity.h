// What operations say they consumed. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
// Pure; any thread.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engines/table/items.h"
#include "shapes/dynamodb/types/consumed_capacity.h"
#include "shapes/dynamodb/types/item_collection_metrics.h"

namespace millrace::dynamodb {

// Sums up the units of a table and its indexes over a request.
class CapacityMeter {
 public:
  CapacityMeter(const table::DefinitionPtr& table, const std::optional<std::string>& wanted);
  // One item, or the bytes of one page: 4 KB units, half as much when eventually consistent.
  void read(std::size_t bytes, bool consistent, double factor = 1);
  void read_index(std::string_view index, std::size_t bytes, bool consistent);
  // 1 KB units of the larger of the two items; index entries by what changed.
  void write(const table::WriteOutcome& outcome, double factor = 1);
  void write_check(std::size_t bytes);  // a transaction's condition check
  // Empty unless the request asked for it.
  std::optional<ConsumedCapacity> result() const;
  const table::TableDefinition& table() const { return *table_; }

 private:
  enum class Wanted { kNone, kTotal, kIndexes };
  table::DefinitionPtr table_;
  Wanted wanted_ = Wanted::kNone;
  double units_ = 0;
  std::map<std::string, double, std::less<>> index_units_;
};

// What a write takes from the table itself, of any operation: the larger of the two items.
double write_units_of(const table::WriteOutcome& outcome);

// Of a write to a table with local indexes, when asked for ("SIZE").
std::optional<ItemCollectionMetrics> collection_metrics(const table::TableDefinition& table,
                                                        const table::Item& item,
                                                        const std::optional<std::string>& wanted);

}  // namespace millrace::dynamodb
