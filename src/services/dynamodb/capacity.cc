#include "services/dynamodb/capacity.h"

#include <algorithm>

#include "engines/table/item_codec.h"
#include "engines/table/throttle.h"

namespace millrace::dynamodb {
namespace {

using table::read_units;
using table::write_units;

Capacity capacity(double units) {
  Capacity out;
  out.capacity_units = units;
  return out;
}

}  // namespace

CapacityMeter::CapacityMeter(const table::DefinitionPtr& table, const std::optional<std::string>& wanted)
    : table_(table) {
  if (wanted == "TOTAL") wanted_ = Wanted::kTotal;
  if (wanted == "INDEXES") wanted_ = Wanted::kIndexes;
}

void CapacityMeter::read(std::size_t bytes, bool consistent, double factor) {
  units_ += read_units(bytes, consistent) * factor;
}

void CapacityMeter::read_index(std::string_view index, std::size_t bytes, bool consistent) {
  index_units_[std::string(index)] += read_units(bytes, consistent);
}

double write_units_of(const table::WriteOutcome& outcome) {
  const std::size_t old_size = outcome.old_stored ? table::stored_size(*outcome.old_stored) : 0;
  const std::size_t new_size = outcome.new_stored.empty() ? 0 : table::stored_size(outcome.new_stored);
  return write_units(std::max(old_size, new_size));
}

void CapacityMeter::write(const table::WriteOutcome& outcome, double factor) {
  units_ += write_units_of(outcome) * factor;
  for (const table::IndexChange& change : outcome.index_changes) {
    const auto index = std::ranges::find(table_->indexes, change.index, &table::IndexDefinition::id);
    if (change.index == 0 || index == table_->indexes.end()) continue;
    const std::size_t size = change.value.empty() ? 0 : table::stored_size(change.value);
    index_units_[index->name] += write_units(size) * factor;
  }
}

void CapacityMeter::write_check(std::size_t bytes) {
  units_ += write_units(bytes) * 2;
}

std::optional<ConsumedCapacity> CapacityMeter::result() const {
  if (wanted_ == Wanted::kNone) return std::nullopt;
  ConsumedCapacity out;
  out.table_name = table_->name.name;
  double total = units_;
  for (const auto& [name, units] : index_units_)
    total += units;
  out.capacity_units = total;
  if (wanted_ == Wanted::kTotal) return out;
  out.table = capacity(units_);
  for (const auto& [name, units] : index_units_) {
    const table::IndexDefinition* index = table_->find_index(name);
    auto& group = index && index->global ? out.global_secondary_indexes : out.local_secondary_indexes;
    if (!group) group.emplace();
    group->emplace(name, capacity(units));
  }
  return out;
}

std::optional<ItemCollectionMetrics> collection_metrics(const table::TableDefinition& table,
                                                        const table::Item& item,
                                                        const std::optional<std::string>& wanted) {
  if (wanted != "SIZE" || !table.has_local_indexes()) return std::nullopt;
  table::Item key;
  key.set(table.keys.partition.name, *item.find(table.keys.partition.name));
  ItemCollectionMetrics out;
  out.item_collection_key = wire::RawJson{table::to_json(key)};
  out.size_estimate_range_gb = {0.0, 1.0};
  return out;
}

}  // namespace millrace::dynamodb
