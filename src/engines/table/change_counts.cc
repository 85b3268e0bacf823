#include "engines/table/change_counts.h"

#include "engines/table/table_keys.h"

namespace millrace::table {

ChangeCounts::Watch::Watch(std::shared_ptr<DefinitionChanges> changes) : changes_(std::move(changes)) {
  // In this order: what had ended at the first look had begun by the second.
  const std::uint64_t ended = changes_->ended.load();
  seen_ = changes_->begun.load();
  quiet_ = seen_ == ended;
}

void ChangeCounts::Watch::attach(TableDefinition& definition) const {
  if (quiet_) definition.watch(changes_, seen_);
}

ChangeCounts::InProgress::InProgress(ChangeCounts& counts, const std::vector<TableName>& names) {
  for (const TableName& name : names)
    changes_.push_back(counts.count_of(name));
  for (const auto& one : changes_)
    one->begun.fetch_add(1);
}

ChangeCounts::InProgress::~InProgress() {
  for (const auto& one : changes_)
    one->ended.fetch_add(1);
}

std::shared_ptr<DefinitionChanges> ChangeCounts::count_of(const TableName& name) {
  const std::lock_guard lock(mutex_);
  auto& count = counts_[definition_key(name)];
  if (!count) count = std::make_shared<DefinitionChanges>();
  return count;
}

void ChangeCounts::forget(const TableName& name) {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(definition_key(name));
  if (found != counts_.end() && found->second.use_count() == 1) counts_.erase(found);
}

}  // namespace millrace::table
