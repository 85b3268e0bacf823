#include "engines/table/copying.h"

#include "engines/table/definition_writes.h"
#include "engines/table/item_codec.h"
#include "engines/table/item_write.h"
#include "engines/table/table_keys.h"

namespace millrace::table {
namespace {

using store::Batch;
using store::Reader;
using store::StoreError;
using store::Verdict;
using Decided = base::Result<Verdict, StoreError>;

std::optional<Stamp> stamp_of(const Copy& copy) {
  if (!copy.from_table) return std::nullopt;  // a backup does not change
  return copy.as_of;
}

// Whether the stored copy is still where `copy` says.
base::Result<bool, StoreError> is_at(Reader& view, const Copy& copy) {
  auto stored = view.get(copy_key(copy.to));
  if (!stored) return base::fail(stored.error());
  return *stored && **stored == encode_copy(copy);
}

class StepTransaction final : public store::Transaction {
 public:
  // `table`: what is filled, null for a backup.
  StepTransaction(const Copy& copy, const PastPage& page, const TableDefinition* table)
      : copy_(copy), page_(page), table_(table) {
    keys.push_back(copy_key(copy.to));
    if (table) keys.push_back(counters_key(copy.to));
  }

  Decided decide(Reader& view, Batch& batch) override {
    growth_ = {};
    auto here = is_at(view, copy_);
    if (!here) return base::fail(here.error());
    if (!*here) return Verdict::kRefuse;
    const std::string prefix = items_prefix(copy_.to);
    for (const auto& [primary_key, stored] : page_.items) {
      batch.put(prefix + primary_key, stored);
      count(growth_.table, stored);
      if (table_) put_entries(batch, stored);
    }
    Copy moved = copy_;
    moved.position = page_.next;
    moved.complete = page_.last;
    moved.done.items += growth_.table.items;
    moved.done.bytes += growth_.table.bytes;
    batch.put(copy_key(copy_.to), encode_copy(moved));
    if (table_) {
      if (auto counted = count_table(view, batch); !counted) return base::fail(counted.error());
    }
    return Verdict::kCommit;
  }

 private:
  static void count(Counters& counters, std::string_view stored) {
    ++counters.items;
    counters.bytes += static_cast<std::int64_t>(stored_size(stored));
  }

  // Nobody else writes to a table that is being restored: its indexes are filled beside its items.
  void put_entries(Batch& batch, const std::string& stored) {
    if (table_->indexes.empty()) return;
    const auto item = decode_stored(stored);
    if (!item) return;
    for (const IndexDefinition& index : table_->indexes) {
      const auto entry = index_entry(*table_, index, *item, stored);
      if (!entry) continue;
      batch.put(entry->key, entry->value);
      count(growth_.indexes[index.id], entry->value);
    }
  }

  base::Result<void, StoreError> count_table(Reader& view, Batch& batch) const {
    auto stored = view.get(counters_key(copy_.to));
    if (!stored) return base::fail(stored.error());
    TableCounters counters = *stored ? decode_counters(**stored) : TableCounters();
    counters.table.items += growth_.table.items;
    counters.table.bytes += growth_.table.bytes;
    for (const auto& [index, one] : growth_.indexes) {
      counters.indexes[index].items += one.items;
      counters.indexes[index].bytes += one.bytes;
    }
    batch.put(counters_key(copy_.to), encode_counters(counters));
    return {};
  }

  const Copy& copy_;
  const PastPage& page_;
  const TableDefinition* table_;
  TableCounters growth_;
};

// Lets go of the source and shows what was filled.
class FinishTransaction final : public DefinitionWriter {
 public:
  explicit FinishTransaction(const Copy& copy) : copy_(copy) {
    keys.push_back(copy_key(copy.to));
    for (const auto& table : {copy.from_table, copy.to_table}) {
      if (!table) continue;
      keys.push_back(definition_key(*table));
      tables.push_back(*table);
    }
    if (copy.backup) keys.push_back(backup_key(copy.backup->table, copy.backup->id));
  }

  Decided decide(Reader& view, Batch& batch) override {
    auto here = is_at(view, copy_);
    if (!here) return base::fail(here.error());
    if (!*here) return Verdict::kRefuse;
    batch.del(copy_key(copy_.to));
    if (copy_.from_table) {
      if (auto done = release_table(view, batch); !done) return base::fail(done.error());
    }
    if (copy_.to_table) {
      if (auto done = show_table(view, batch); !done) return base::fail(done.error());
    }
    if (copy_.backup) {
      if (auto done = change_backup(view, batch); !done) return base::fail(done.error());
    }
    return Verdict::kCommit;
  }

 private:
  base::Result<void, StoreError> release_table(Reader& view, Batch& batch) const {
    auto old = read_definition(view, *copy_.from_table);
    if (!old) return base::fail(old.error());
    if (!*old || (*old)->id != copy_.from || (*old)->copies == 0) return {};
    TableDefinition made = **old;
    --made.copies;
    ++made.version;
    put_definition(made, batch);
    if (!made.keeps_history()) remove_history(batch, made.id);
    return {};
  }

  base::Result<void, StoreError> show_table(Reader& view, Batch& batch) const {
    auto old = read_definition(view, *copy_.to_table);
    if (!old) return base::fail(old.error());
    if (!*old || (*old)->id != copy_.to) return {};
    TableDefinition made = **old;
    made.creating = false;
    ++made.version;
    put_definition(made, batch);
    return {};
  }

  base::Result<void, StoreError> change_backup(Reader& view, Batch& batch) const {
    const std::string key = backup_key(copy_.backup->table, copy_.backup->id);
    auto stored = view.get(key);
    if (!stored) return base::fail(stored.error());
    auto backup = *stored ? decode_backup(**stored) : std::nullopt;
    if (!backup) return {};
    if (copy_.to_table) {
      if (backup->readers > 0) --backup->readers;
    } else {
      backup->available = true;
      backup->size = copy_.done;
    }
    batch.put(key, encode_backup(*backup));
    return {};
  }

  const Copy& copy_;
};

}  // namespace

void begin_copy(Batch& batch, const Copy& copy) {
  batch.put(copy_key(copy.to), encode_copy(copy));
}

base::Task<TableResult<std::vector<Copy>>> Copying::under_way() {
  std::vector<Copy> copies;
  const store::KeyRange range = store::prefix_range(copies_prefix());
  auto done = co_await store_.read([&](Reader& view) {
    copies.clear();
    return view.scan(range, store::Order::kAscending, [&](std::string_view, std::string_view value) {
      if (auto copy = decode_copy(value)) copies.push_back(std::move(*copy));
      return store::Visit::kContinue;
    });
  });
  if (!done) co_return base::fail(from_store(done.error()));
  co_return copies;
}

base::Task<TableResult<bool>> Copying::step(Copy& copy) {
  if (copy.complete) co_return co_await finish(copy);
  DefinitionPtr table;
  if (copy.to_table) {
    auto found = co_await definitions_.find(*copy.to_table);
    // An old table of that name may still be remembered.
    if (found && (*found)->id != copy.to) {
      static_cast<void>(co_await definitions_.refresh(*found));
      found = co_await definitions_.find(*copy.to_table);
    }
    if (!found) co_return base::fail(std::move(found.error()));
    table = std::move(*found);
  }
  PastPage page;
  auto read = co_await store_.read([&](Reader& view) -> base::Result<void, StoreError> {
    auto past = read_past(view, copy.from, stamp_of(copy), copy.position);
    if (!past) return base::fail(past.error());
    page = std::move(*past);
    return {};
  });
  if (!read) co_return base::fail(from_store(read.error()));
  StepTransaction transaction(copy, page, table.get());
  auto committed = co_await store_.commit(transaction);
  if (!committed) co_return base::fail(from_store(committed.error()));
  // Where it stands now, whoever made this step.
  bool gone = false;
  Copy next;
  auto again = co_await store_.read([&](Reader& view) -> base::Result<void, StoreError> {
    auto stored = view.get(copy_key(copy.to));
    if (!stored) return base::fail(stored.error());
    auto decoded = *stored ? decode_copy(**stored) : std::nullopt;
    gone = !decoded;
    if (decoded) next = std::move(*decoded);
    return {};
  });
  if (!again) co_return base::fail(from_store(again.error()));
  if (gone) co_return true;
  copy = std::move(next);
  co_return false;
}

base::Task<TableResult<bool>> Copying::finish(Copy copy) {
  FinishTransaction transaction(copy);
  auto committed = co_await definitions_.commit(transaction);
  if (!committed) co_return base::fail(from_store(committed.error()));
  co_return true;
}

}  // namespace millrace::table
