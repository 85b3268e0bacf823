#include "engines/table/definitions.h"

#include <algorithm>
#include <mutex>

#include "engines/table/history.h"
#include "engines/table/table_keys.h"
#include "store/tuple.h"

namespace millrace::table {
namespace {

using store::Batch;
using store::Reader;
using store::StoreError;
using store::Verdict;
using Decided = base::Result<Verdict, StoreError>;

// The names of the caches' entries need no order: plain concatenation is enough.
std::string cache_key(const TableName& name) {
  std::string key;
  key.reserve(name.account.size() + name.region.size() + name.name.size() + 2);
  key.append(name.name).append(1, '/').append(name.region).append(1, '/').append(name.account);
  return key;
}

std::string in_use_message(const TableDefinition& table) {
  return std::string("Attempt to change a resource which is still in use: Table is being ") +
         (table.creating ? "created: " : "backed up: ") + table.name.name;
}

void remove_index(TableId table, IndexId index, Batch& batch) {
  batch.del_range(store::prefix_range(index_prefix(index)));
  batch.del(backfill_key(table, index));
}

// Everything a definition's transaction has in common.
class DefinitionTransaction : public DefinitionWriter {
 public:
  explicit DefinitionTransaction(const TableName& name) : name_(name) {
    keys.push_back(definition_key(name));
    keys.push_back(next_id_key());
    tables.push_back(name);
  }
  DefinitionPtr result;
  std::optional<TableError> error;

 protected:
  Decided refuse(TableErrorKind kind, std::string message = {}) {
    error = TableError{kind, std::move(message), {}, {}};
    return Verdict::kRefuse;
  }
  base::Result<DefinitionPtr, StoreError> current(Reader& view) {
    error.reset();
    result = nullptr;
    return read_definition(view, name_);
  }
  const TableName name_;
};

class CreateTransaction final : public DefinitionTransaction {
 public:
  CreateTransaction(TableDefinition definition, const Definitions::AlsoWrite& also)
      : DefinitionTransaction(definition.name), wanted_(std::move(definition)), also_(also) {}

  Decided decide(Reader& view, Batch& batch) override {
    auto old = current(view);
    if (!old) return base::fail(old.error());
    if (*old) return refuse(TableErrorKind::kTableExists);
    auto first = take_ids(view, batch, 1 + wanted_.indexes.size());
    if (!first) return base::fail(first.error());
    auto made = std::make_shared<TableDefinition>(wanted_);
    made->id = *first;
    made->version = 1;
    for (IndexDefinition& index : made->indexes)
      index.id = ++*first;
    made->seal();
    put_definition(*made, batch);
    if (also_) also_(*made, batch);
    result = std::move(made);
    return Verdict::kCommit;
  }

 private:
  const TableDefinition wanted_;
  const Definitions::AlsoWrite& also_;
};

class ChangeTransaction final : public DefinitionTransaction {
 public:
  ChangeTransaction(const TableName& name, const Definitions::Edit& edit, const Definitions::AlsoWrite& also)
      : DefinitionTransaction(name), edit_(edit), also_(also) {}

  // The counters of dropped indexes go too; their key is known once the table's id is.
  void learn_id(TableId id) { keys.push_back(counters_key(id)), id_ = id; }

  Decided decide(Reader& view, Batch& batch) override {
    auto old = current(view);
    if (!old) return base::fail(old.error());
    if (!*old || (*old)->id != id_) return refuse(TableErrorKind::kTableNotFound);
    if ((*old)->creating) return refuse(TableErrorKind::kTableInUse, in_use_message(**old));
    auto made = std::make_shared<TableDefinition>(**old);
    if (auto edited = edit_(*made); !edited) {
      error = std::move(edited.error());
      return Verdict::kRefuse;
    }
    ++made->version;
    if (auto given = give_ids(view, batch, *made); !given) return base::fail(given.error());
    if (auto dropped = drop_indexes(view, batch, **old, *made); !dropped) return base::fail(dropped.error());
    made->seal();
    put_definition(*made, batch);
    if (also_) also_(*made, batch);
    result = std::move(made);
    return Verdict::kCommit;
  }

 private:
  static base::Result<void, StoreError> give_ids(Reader& view, Batch& batch, TableDefinition& made) {
    const auto fresh = std::ranges::count(made.indexes, IndexId{0}, &IndexDefinition::id);
    if (fresh == 0) return {};
    auto next = take_ids(view, batch, static_cast<std::size_t>(fresh));
    if (!next) return base::fail(next.error());
    for (IndexDefinition& index : made.indexes) {
      if (index.id == 0) index.id = (*next)++;
    }
    return {};
  }

  base::Result<void, StoreError> drop_indexes(Reader& view, Batch& batch, const TableDefinition& old,
                                              const TableDefinition& made) const {
    std::vector<IndexId> dropped;
    for (const IndexDefinition& index : old.indexes) {
      if (std::ranges::find(made.indexes, index.id, &IndexDefinition::id) == made.indexes.end())
        dropped.push_back(index.id);
    }
    if (dropped.empty()) return {};
    auto stored = view.get(counters_key(id_));
    if (!stored) return base::fail(stored.error());
    TableCounters counters = *stored ? decode_counters(**stored) : TableCounters();
    for (const IndexId index : dropped) {
      counters.indexes.erase(index);
      remove_index(id_, index, batch);
    }
    batch.put(counters_key(id_), encode_counters(counters));
    return {};
  }

  const Definitions::Edit& edit_;
  const Definitions::AlsoWrite& also_;
  TableId id_ = 0;
};

class RemoveTransaction final : public DefinitionTransaction {
 public:
  RemoveTransaction(const TableName& name, const Definitions::AlsoWrite& also)
      : DefinitionTransaction(name), also_(also) {}

  Decided decide(Reader& view, Batch& batch) override {
    auto old = current(view);
    if (!old) return base::fail(old.error());
    if (!*old) return refuse(TableErrorKind::kTableNotFound);
    result = *old;
    if (result->deletion_protection) return refuse(TableErrorKind::kProtected);
    if (result->creating || result->copies > 0)
      return refuse(TableErrorKind::kTableInUse, in_use_message(*result));
    remove_definition(name_, batch);
    batch.del(counters_key(result->id));
    batch.del(backfill_key(result->id, 0));
    // With point-in-time recovery the items stay, as the data of a system backup, which `also_` writes.
    if (!result->recovery.enabled) batch.del_range(store::prefix_range(items_prefix(result->id)));
    remove_history(batch, result->id);
    batch.del_range(store::prefix_range(expiry_prefix(result->id)));
    for (const IndexDefinition& index : result->indexes)
      remove_index(result->id, index.id, batch);
    if (also_) also_(*result, batch);
    return Verdict::kCommit;
  }

 private:
  const Definitions::AlsoWrite& also_;
};

}  // namespace

base::Result<bool, StoreError> is_current(Reader& view, const TableDefinition& definition) {
  if (definition.surely_current()) return true;
  auto stored = view.get(version_key(definition.name));
  if (!stored) return base::fail(stored.error());
  return *stored && **stored == version_value(definition);
}

DefinitionPtr Definitions::find_cached(const TableName& name) const {
  const std::string key = cache_key(name);
  const std::shared_lock lock(mutex_);
  const auto found = cache_.find(key);
  return found == cache_.end() ? nullptr : found->second;
}

// Two threads may load at once: the newer one stays, or the one that can tell it is current.
DefinitionPtr Definitions::remember(DefinitionPtr definition) {
  const std::unique_lock lock(mutex_);
  DefinitionPtr& entry = cache_[cache_key(definition->name)];
  const bool same = entry && entry->id == definition->id;
  const bool newer = !entry || entry->id < definition->id || (same && entry->version < definition->version);
  const bool surer = same && entry->version == definition->version && !entry->surely_current();
  if (newer || surer) entry = std::move(definition);
  return entry;
}

void Definitions::forget(const TableName& name) {
  {
    const std::unique_lock lock(mutex_);
    cache_.erase(cache_key(name));
  }
  counts_.forget(name);
}

base::Task<TableResult<DefinitionPtr>> Definitions::load(TableName name) {
  const std::string key = definition_key(name);
  std::shared_ptr<TableDefinition> found;
  std::optional watch(counts_.watch(name));
  auto done = co_await store_.read([&](Reader& view) -> base::Result<void, StoreError> {
    found = nullptr;
    auto stored = view.get(key);
    if (!stored) return base::fail(stored.error());
    if (!*stored) return {};
    found = decode_definition(**stored);
    if (!found) return base::fail(StoreError::kCorrupt);
    return {};
  });
  if (!done) co_return base::fail(from_store(done.error()));
  if (!found) {
    watch.reset();
    forget(name);
    co_return table_error(TableErrorKind::kTableNotFound);
  }
  watch->attach(*found);
  co_return remember(std::move(found));
}

base::Task<TableResult<DefinitionPtr>> Definitions::find(TableName name) {
  if (DefinitionPtr cached = find_cached(name)) co_return cached;
  co_return co_await load(std::move(name));
}

base::Task<TableResult<DefinitionPtr>> Definitions::refresh(DefinitionPtr old) {
  auto loaded = co_await load(old->name);
  if (loaded && (*loaded)->id != old->id) co_return table_error(TableErrorKind::kTableNotFound);
  co_return loaded;
}

base::Task<base::Result<store::Committed, StoreError>> Definitions::commit(DefinitionWriter& writer) {
  base::Result<store::Committed, StoreError> committed;
  {
    const ChangeCounts::InProgress counted(counts_, writer.tables);
    writer.counted_ = true;
    committed = co_await store_.commit(writer);
  }
  // Whatever came of it, those in memory no longer know that they are current: the next ones do.
  for (const TableName& name : writer.tables)
    static_cast<void>(co_await load(name));
  co_return committed;
}

base::Task<TableResult<DefinitionPtr>> Definitions::create(TableDefinition definition, AlsoWrite also) {
  CreateTransaction transaction(std::move(definition), also);
  auto committed = co_await commit(transaction);
  if (!committed) co_return base::fail(from_store(committed.error()));
  if (transaction.error) co_return base::fail(std::move(*transaction.error));
  co_return transaction.result;
}

base::Task<TableResult<DefinitionPtr>> Definitions::change(TableName name, Edit edit, AlsoWrite also) {
  for (;;) {
    auto known = co_await load(name);
    if (!known) co_return base::fail(std::move(known.error()));
    ChangeTransaction transaction(name, edit, also);
    transaction.learn_id((*known)->id);
    auto committed = co_await commit(transaction);
    if (!committed) co_return base::fail(from_store(committed.error()));
    if (!transaction.error) co_return transaction.result;
    // Another table took the name in between: look again, it may be there now.
    if (transaction.error->kind != TableErrorKind::kTableNotFound)
      co_return base::fail(std::move(*transaction.error));
  }
}

base::Task<TableResult<DefinitionPtr>> Definitions::remove(TableName name, AlsoWrite also) {
  RemoveTransaction transaction(name, also);
  auto committed = co_await commit(transaction);
  if (!committed) co_return base::fail(from_store(committed.error()));
  if (transaction.error) co_return base::fail(std::move(*transaction.error));
  co_return transaction.result;
}

base::Task<TableResult<std::vector<std::string>>> Definitions::list(std::string account, std::string region,
                                                                    std::string after, std::size_t limit) {
  const std::string prefix = definitions_prefix(account, region);
  store::KeyRange range = store::prefix_range(prefix);
  if (!after.empty()) {
    range.begin = definition_key({account, region, after});
    range.begin += '\0';
  }
  std::vector<std::string> names;
  auto done = co_await store_.read([&](Reader& view) {
    names.clear();
    return view.scan(range, store::Order::kAscending, [&](std::string_view key, std::string_view) {
      key.remove_prefix(prefix.size());
      names.push_back(store::take_bytes(key).value_or(""));
      return names.size() < limit ? store::Visit::kContinue : store::Visit::kStop;
    });
  });
  if (!done) co_return base::fail(from_store(done.error()));
  co_return names;
}

base::Task<TableResult<std::vector<DefinitionPtr>>> Definitions::all() {
  const store::KeyRange range = store::prefix_range(definitions_prefix({}, {}));
  std::vector<DefinitionPtr> tables;
  auto done = co_await store_.read([&](Reader& view) {
    tables.clear();
    return view.scan(range, store::Order::kAscending, [&](std::string_view, std::string_view value) {
      if (DefinitionPtr table = decode_definition(value)) tables.push_back(std::move(table));
      return store::Visit::kContinue;
    });
  });
  if (!done) co_return base::fail(from_store(done.error()));
  co_return tables;
}

base::Task<TableResult<TableCounters>> Definitions::counters(DefinitionPtr table) {
  const std::string key = counters_key(table->id);
  TableCounters counters;
  auto done = co_await store_.read([&](Reader& view) -> base::Result<void, StoreError> {
    auto stored = view.get(key);
    if (!stored) return base::fail(stored.error());
    counters = *stored ? decode_counters(**stored) : TableCounters();
    return {};
  });
  if (!done) co_return base::fail(from_store(done.error()));
  co_return counters;
}

}  // namespace millrace::table
