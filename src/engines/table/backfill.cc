#include "engines/table/backfill.h"

#include <algorithm>

#include "engines/table/item_codec.h"
#include "engines/table/item_write.h"
#include "engines/table/table_keys.h"

namespace millrace::table {
namespace {

using store::Batch;
using store::Reader;
using store::StoreError;
using store::Verdict;
using store::Visit;

// Small enough that the writes which wait behind a step do not notice it.
constexpr std::size_t kItemsPerStep = 128;
constexpr std::size_t kBytesPerStep = 256 * 1024;

struct Step {
  store::KeyRange items;
  bool last = false;  // nothing follows
};

class StepTransaction final : public store::Transaction {
 public:
  StepTransaction(const TableDefinition& table, BackfillTarget target, const Step& step)
      : table_(table), target_(target), step_(step) {
    const auto found = std::ranges::find(table.indexes, target.index, &IndexDefinition::id);
    if (found != table.indexes.end()) index_ = &*found;
    ranges.push_back(step.items);
    ranges.push_back(store::prefix_range(index_ ? index_prefix(index_->id) : expiry_prefix(table.id)));
    keys.push_back(version_key(table.name));
    keys.push_back(counters_key(table.id));
  }

  base::Result<Verdict, StoreError> decide(Reader& view, Batch& batch) override {
    growth_ = {};
    auto current = is_current(view, table_);
    if (!current) return base::fail(current.error());
    stale = !*current;
    if (stale) return Verdict::kRefuse;
    std::vector<IndexChange> entries;
    auto done =
        view.scan(step_.items, store::Order::kAscending, [&](std::string_view, std::string_view stored) {
          auto item = decode_stored(stored);
          auto entry = !item    ? std::nullopt
                       : index_ ? index_entry(table_, *index_, *item, stored)
                                : expiry_entry(table_, *item);
          if (entry) entries.push_back(std::move(*entry));
          return Visit::kContinue;
        });
    if (!done) return base::fail(done.error());
    for (const IndexChange& entry : entries) {
      if (auto added = add(view, batch, entry); !added) return base::fail(added.error());
    }
    batch.put(backfill_key(table_.id, target_.index), step_.items.end);
    return count(view, batch);
  }

  bool stale = false;

 private:
  base::Result<void, StoreError> add(Reader& view, Batch& batch, const IndexChange& entry) {
    auto there = view.get(entry.key);
    if (!there) return base::fail(there.error());
    // A write beside us may have made it already; then it is newest and counted.
    if (*there) return {};
    batch.put(entry.key, entry.value);
    ++growth_.items;
    growth_.bytes += static_cast<std::int64_t>(stored_size(entry.value));
    return {};
  }

  base::Result<Verdict, StoreError> count(Reader& view, Batch& batch) {
    if (!index_ || growth_.items == 0) return Verdict::kCommit;
    const std::string key = counters_key(table_.id);
    auto stored = view.get(key);
    if (!stored) return base::fail(stored.error());
    TableCounters counters = *stored ? decode_counters(**stored) : TableCounters();
    counters.indexes[index_->id].items += growth_.items;
    counters.indexes[index_->id].bytes += growth_.bytes;
    batch.put(key, encode_counters(counters));
    return Verdict::kCommit;
  }

  const TableDefinition& table_;
  const BackfillTarget target_;
  const Step& step_;
  const IndexDefinition* index_ = nullptr;
  Counters growth_;
};

base::Result<Step, StoreError> plan_step(Reader& view, const TableDefinition& table, BackfillTarget target) {
  Step step;
  step.items = store::prefix_range(items_prefix(table.id));
  auto position = view.get(backfill_key(table.id, target.index));
  if (!position) return base::fail(position.error());
  if (*position) step.items.begin = std::move(**position);
  std::size_t items = 0;
  std::size_t bytes = 0;
  std::string last;
  auto done =
      view.scan(step.items, store::Order::kAscending, [&](std::string_view key, std::string_view stored) {
        last = key;
        bytes += stored.size();
        return ++items < kItemsPerStep && bytes < kBytesPerStep ? Visit::kContinue : Visit::kStop;
      });
  if (!done) return base::fail(done.error());
  step.last = items < kItemsPerStep && bytes < kBytesPerStep;
  if (!step.last) step.items.end = last + '\0';
  return step;
}

}  // namespace

std::optional<BackfillTarget> next_backfill(const TableDefinition& table) {
  for (const IndexDefinition& index : table.indexes) {
    if (index.status == IndexStatus::kCreating) return BackfillTarget{index.id};
  }
  if (table.ttl.enabled && !table.ttl.backfilled) return BackfillTarget{0};
  return std::nullopt;
}

base::Task<TableResult<bool>> Backfill::step(DefinitionPtr table, BackfillTarget target) {
  Step step;
  auto planned = co_await store_.read([&](Reader& view) -> base::Result<void, StoreError> {
    auto plan = plan_step(view, *table, target);
    if (!plan) return base::fail(plan.error());
    step = std::move(*plan);
    return {};
  });
  if (!planned) co_return base::fail(from_store(planned.error()));
  StepTransaction transaction(*table, target, step);
  auto committed = co_await store_.commit(transaction);
  if (!committed) co_return base::fail(from_store(committed.error()));
  if (transaction.stale || !step.last) co_return false;
  co_return co_await finish(std::move(table), target);
}

base::Task<TableResult<bool>> Backfill::finish(DefinitionPtr table, BackfillTarget target) {
  const TableId id = table->id;
  Definitions::Edit edit = [id, target](TableDefinition& definition) -> TableResult<void> {
    if (definition.id != id) return table_error(TableErrorKind::kTableNotFound);
    if (target.index == 0) definition.ttl.backfilled = true;
    for (IndexDefinition& index : definition.indexes) {
      if (index.id == target.index) index.status = IndexStatus::kActive;
    }
    return {};
  };
  Definitions::AlsoWrite also = [id, target](const TableDefinition&, Batch& batch) {
    batch.del(backfill_key(id, target.index));
  };
  auto changed = co_await definitions_.change(table->name, std::move(edit), std::move(also));
  if (!changed) co_return base::fail(std::move(changed.error()));
  co_return true;
}

}  // namespace millrace::table
