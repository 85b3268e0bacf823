#include "engines/table/backups.h"

#include <algorithm>

#include "engines/table/copying.h"
#include "engines/table/definition_writes.h"
#include "engines/table/table_keys.h"

namespace millrace::table {
namespace {

using store::Batch;
using store::Reader;
using store::StoreError;
using store::Verdict;
using Decided = base::Result<Verdict, StoreError>;

std::string key_of(const BackupName& name) {
  return backup_key(name.table, name.id);
}

// What all of these have in common: an error as the last attempt's result.
class BackupTransaction : public DefinitionWriter {
 public:
  std::optional<TableError> error;

 protected:
  Decided refuse(TableErrorKind kind, std::string message = {}) {
    error = TableError{kind, std::move(message), {}, {}};
    return Verdict::kRefuse;
  }
  Decided refuse(TableError refusal) {
    error = std::move(refusal);
    return Verdict::kRefuse;
  }
  static base::Result<std::optional<Backup>, StoreError> read_backup(Reader& view, const BackupName& name) {
    auto stored = view.get(key_of(name));
    if (!stored) return base::fail(stored.error());
    if (!*stored) return std::optional<Backup>();
    auto backup = decode_backup(**stored);
    if (!backup) return base::fail(StoreError::kCorrupt);
    return backup;
  }
};

// From now on the table's writes keep what they replace, until a copy ends.
TableDefinition with_one_more_copy(const TableDefinition& table) {
  TableDefinition made = table;
  ++made.copies;
  ++made.version;
  return made;
}

class CreateTransaction final : public BackupTransaction {
 public:
  // `id`: the table that is thought to have the name; `stale` when another has.
  CreateTransaction(const Backups::NewBackup& wanted, TableId id) : wanted_(wanted), id_(id) {
    keys = {definition_key(wanted.name.table), stamp_key(id), next_id_key()};
    tables = {wanted.name.table};
  }

  Decided decide(Reader& view, Batch& batch) override {
    error.reset();
    stale = false;
    auto table = read_definition(view, wanted_.name.table);
    if (!table) return base::fail(table.error());
    if (!*table) return refuse(TableErrorKind::kTableNotFound);
    if ((*table)->creating) return refuse(TableErrorKind::kTableInUse);
    stale = (*table)->id != id_;
    if (stale) return Verdict::kRefuse;
    auto stamp = close_stamp(view, batch, id_, stamp_at(wanted_.now));
    if (!stamp) return base::fail(stamp.error());
    auto data = take_ids(view, batch, 1);
    if (!data) return base::fail(data.error());
    put_definition(with_one_more_copy(**table), batch);
    made = Backup();
    made.name = wanted_.name;
    made.title = wanted_.title;
    made.created = wanted_.now;
    made.data = *data;
    made.definition = *table;
    batch.put(key_of(made.name), encode_backup(made));
    Copy copy;
    copy.from = id_;
    copy.as_of = *stamp;
    copy.to = *data;
    copy.from_table = wanted_.name.table;
    copy.backup = made.name;
    begin_copy(batch, copy);
    return Verdict::kCommit;
  }

  bool stale = false;
  Backup made;

 private:
  const Backups::NewBackup& wanted_;
  const TableId id_;
};

class RemoveTransaction final : public BackupTransaction {
 public:
  explicit RemoveTransaction(const BackupName& name) : name_(name) { keys = {key_of(name)}; }

  Decided decide(Reader& view, Batch& batch) override {
    error.reset();
    auto backup = read_backup(view, name_);
    if (!backup) return base::fail(backup.error());
    if (!*backup) return refuse(TableErrorKind::kBackupNotFound);
    if (!(*backup)->available || (*backup)->readers > 0) return refuse(TableErrorKind::kBackupInUse);
    removed = std::move(**backup);
    batch.del(key_of(name_));
    batch.del_range(store::prefix_range(items_prefix(removed.data)));
    return Verdict::kCommit;
  }

  Backup removed;

 private:
  const BackupName& name_;
};

// What both ways to restore do with the target.
class RestoreTransaction : public BackupTransaction {
 public:
  RestoreTransaction(const TableName& target, const Backups::MakeTarget& make)
      : target_(target), make_(make) {
    keys = {definition_key(target), next_id_key()};
    tables = {target};
  }
  DefinitionPtr result;

 protected:
  // Writes the table that `copy` will fill.
  Decided make_table(Reader& view, Batch& batch, const TableDefinition& source, Copy copy) {
    auto there = read_definition(view, target_);
    if (!there) return base::fail(there.error());
    if (*there) return refuse(TableErrorKind::kTableExists);
    auto wanted = make_(source);
    if (!wanted) return refuse(std::move(wanted.error()));
    auto id = take_ids(view, batch, 1 + wanted->indexes.size());
    if (!id) return base::fail(id.error());
    auto made = std::make_shared<TableDefinition>(std::move(*wanted));
    made->name = target_;
    made->id = *id;
    made->version = 1;
    made->creating = true;
    for (IndexDefinition& index : made->indexes) {
      index.id = ++*id;
      index.status = IndexStatus::kActive;
    }
    made->seal();
    put_definition(*made, batch);
    copy.to = made->id;
    copy.to_table = target_;
    begin_copy(batch, copy);
    result = std::move(made);
    return Verdict::kCommit;
  }

  const TableName& target_;
  const Backups::MakeTarget& make_;
};

class RestoreBackupTransaction final : public RestoreTransaction {
 public:
  RestoreBackupTransaction(const BackupName& from, const TableName& target, const Backups::MakeTarget& make)
      : RestoreTransaction(target, make), from_(from) {
    keys.push_back(key_of(from));
  }

  Decided decide(Reader& view, Batch& batch) override {
    error.reset();
    auto backup = read_backup(view, from_);
    if (!backup) return base::fail(backup.error());
    if (!*backup) return refuse(TableErrorKind::kBackupNotFound);
    if (!(*backup)->available) return refuse(TableErrorKind::kBackupInUse);
    ++(*backup)->readers;
    batch.put(key_of(from_), encode_backup(**backup));
    Copy copy;
    copy.from = (*backup)->data;
    copy.backup = from_;
    return make_table(view, batch, *(*backup)->definition, std::move(copy));
  }

 private:
  const BackupName& from_;
};

class RestorePastTransaction final : public RestoreTransaction {
 public:
  RestorePastTransaction(const Backups::PastTable& from, TableId id, const TableName& target,
                         const Backups::MakeTarget& make)
      : RestoreTransaction(target, make), from_(from), id_(id) {
    keys.push_back(definition_key(from.table));
    keys.push_back(stamp_key(id));
    tables.push_back(from.table);
  }

  Decided decide(Reader& view, Batch& batch) override {
    error.reset();
    stale = false;
    auto table = read_definition(view, from_.table);
    if (!table) return base::fail(table.error());
    if (!*table) return refuse(TableErrorKind::kTableNotFound);
    if ((*table)->creating) return refuse(TableErrorKind::kTableInUse);
    if (!(*table)->recovery.enabled) return refuse(TableErrorKind::kRecoveryOff);
    stale = (*table)->id != id_;
    if (stale) return Verdict::kRefuse;
    const RecoveryWindow window = recovery_window((*table)->recovery, from_.now);
    const base::WallTime time = from_.time.value_or(window.latest);
    if (time < window.earliest || time > window.latest) return refuse(TableErrorKind::kRestoreTime);
    auto closed = close_stamp(view, batch, id_, stamp_at(time));
    if (!closed) return base::fail(closed.error());
    put_definition(with_one_more_copy(**table), batch);
    Copy copy;
    copy.from = id_;
    // "Now" means everything that was written, also what clocks put a little later.
    copy.as_of = from_.time ? stamp_at(time) : *closed;
    copy.from_table = from_.table;
    return make_table(view, batch, **table, std::move(copy));
  }

  bool stale = false;

 private:
  const Backups::PastTable& from_;
  const TableId id_;
};

base::Task<TableResult<TableId>> find_id(store::Store& store, TableName name) {
  TableId id = 0;
  auto done = co_await store.read([&](Reader& view) -> base::Result<void, StoreError> {
    auto table = read_definition(view, name);
    if (!table) return base::fail(table.error());
    id = *table ? (*table)->id : 0;
    return {};
  });
  if (!done) co_return base::fail(from_store(done.error()));
  co_return id;
}

}  // namespace

void put_system_backup(Batch& batch, const Backup& backup) {
  batch.put(key_of(backup.name), encode_backup(backup));
}

RecoveryWindow recovery_window(const PointInTimeRecovery& recovery, base::WallTime now) {
  const base::WallTime oldest = now - std::chrono::hours(24) * recovery.days;
  return {std::max(recovery.since, oldest), std::max(recovery.since, now)};
}

base::Task<TableResult<Backup>> Backups::create(NewBackup wanted) {
  for (;;) {
    auto id = co_await find_id(store_, wanted.name.table);
    if (!id) co_return base::fail(std::move(id.error()));
    if (*id == 0) co_return table_error(TableErrorKind::kTableNotFound);
    CreateTransaction transaction(wanted, *id);
    auto committed = co_await definitions_.commit(transaction);
    if (!committed) co_return base::fail(from_store(committed.error()));
    if (transaction.error) co_return base::fail(std::move(*transaction.error));
    if (!transaction.stale) co_return std::move(transaction.made);
  }
}

base::Task<TableResult<Backup>> Backups::find(BackupName name) {
  std::optional<Backup> found;
  auto done = co_await store_.read([&](Reader& view) -> base::Result<void, StoreError> {
    auto stored = view.get(key_of(name));
    if (!stored) return base::fail(stored.error());
    found = *stored ? decode_backup(**stored) : std::nullopt;
    return {};
  });
  if (!done) co_return base::fail(from_store(done.error()));
  if (!found) co_return table_error(TableErrorKind::kBackupNotFound);
  co_return std::move(*found);
}

base::Task<TableResult<Backup>> Backups::remove(BackupName name) {
  RemoveTransaction transaction(name);
  auto committed = co_await store_.commit(transaction);
  if (!committed) co_return base::fail(from_store(committed.error()));
  if (transaction.error) co_return base::fail(std::move(*transaction.error));
  co_return std::move(transaction.removed);
}

base::Task<TableResult<std::vector<Backup>>> Backups::list(ListRequest request) {
  store::KeyRange range = store::prefix_range(
      request.account.empty() ? all_backups_prefix()
                              : backups_prefix(request.account, request.region, request.table));
  if (request.after) range.begin = std::max(range.begin, key_of(*request.after) + '\0');
  std::vector<Backup> backups;
  auto done = co_await store_.read([&](Reader& view) {
    backups.clear();
    return view.scan(range, store::Order::kAscending, [&](std::string_view, std::string_view value) {
      if (auto backup = decode_backup(value)) backups.push_back(std::move(*backup));
      return store::Visit::kContinue;
    });
  });
  if (!done) co_return base::fail(from_store(done.error()));
  co_return backups;
}

base::Task<TableResult<DefinitionPtr>> Backups::restore(BackupName from, TableName target, MakeTarget make) {
  RestoreBackupTransaction transaction(from, target, make);
  auto committed = co_await definitions_.commit(transaction);
  if (!committed) co_return base::fail(from_store(committed.error()));
  if (transaction.error) co_return base::fail(std::move(*transaction.error));
  co_return transaction.result;
}

base::Task<TableResult<DefinitionPtr>> Backups::restore(PastTable from, TableName target, MakeTarget make) {
  for (;;) {
    auto id = co_await find_id(store_, from.table);
    if (!id) co_return base::fail(std::move(id.error()));
    if (*id == 0) co_return table_error(TableErrorKind::kTableNotFound);
    RestorePastTransaction transaction(from, *id, target, make);
    auto committed = co_await definitions_.commit(transaction);
    if (!committed) co_return base::fail(from_store(committed.error()));
    if (transaction.error) co_return base::fail(std::move(*transaction.error));
    if (!transaction.stale) co_return transaction.result;
  }
}

base::Task<TableResult<void>> Backups::remove_expired(base::WallTime now) {
  ListRequest everything;
  auto all = co_await list(std::move(everything));
  if (!all) co_return base::fail(std::move(all.error()));
  for (Backup& backup : *all) {
    if (backup.expires == base::WallTime{} || backup.expires > now) continue;
    auto removed = co_await remove(backup.name);
    if (!removed && removed.error().kind != TableErrorKind::kBackupInUse &&
        removed.error().kind != TableErrorKind::kBackupNotFound)
      co_return base::fail(std::move(removed.error()));
  }
  co_return TableResult<void>();
}

}  // namespace millrace::table
