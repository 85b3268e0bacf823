#include "engines/table/transfers.h"

#include <algorithm>
#include <unordered_map>

#include "engines/table/backups.h"
#include "engines/table/definition_writes.h"
#include "engines/table/table_keys.h"

namespace millrace::table {
namespace {

using store::Batch;
using store::Reader;
using store::StoreError;
using store::Verdict;
using store::Visit;
using Decided = base::Result<Verdict, StoreError>;

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
constexpr std::chrono::hours kTokenLife{8};

base::Result<std::optional<Transfer>, StoreError> read_transfer(Reader& view, const TransferName& name) {
  auto stored = view.get(transfer_key(name));
  if (!stored) return base::fail(stored.error());
  if (!*stored) return std::optional<Transfer>();
  auto transfer = decode_transfer(**stored);
  if (!transfer) return base::fail(StoreError::kCorrupt);
  return transfer;
}

// Both ways to begin: the token first, then the record.
class BeginTransaction : public DefinitionWriter {
 public:
  explicit BeginTransaction(const Transfers::NewTransfer& wanted) : wanted_(wanted) {
    token_key_ = transfer_token_key(wanted.name, wanted.token);
    keys = {definition_key(wanted.name.table), transfer_key(wanted.name), token_key_};
    tables = {wanted.name.table};
  }

  Decided decide(Reader& view, Batch& batch) final {
    error.reset();
    repeated.reset();
    stale = false;
    if (!wanted_.token.empty()) {
      auto stored = view.get(token_key_);
      if (!stored) return base::fail(stored.error());
      const auto token = *stored ? decode_transfer_token(**stored) : std::nullopt;
      if (token && wanted_.now - token->used < kTokenLife) {
        if (token->fingerprint != wanted_.fingerprint) return refuse(TableErrorKind::kTokenReused);
        repeated = token->name;
        return Verdict::kRefuse;
      }
    }
    begun = Transfer();
    begun.name = wanted_.name;
    begun.request = wanted_.request;
    begun.token = wanted_.token;
    begun.started = wanted_.now;
    return begin(view, batch);
  }

  std::optional<TableError> error;
  std::optional<TransferName> repeated;
  bool stale = false;
  Transfer begun;

 protected:
  virtual Decided begin(Reader& view, Batch& batch) = 0;

  Decided refuse(TableErrorKind kind) {
    error = TableError{kind, {}, {}, {}};
    return Verdict::kRefuse;
  }
  Decided write(Batch& batch) {
    batch.put(transfer_key(begun.name), encode_transfer(begun));
    batch.put(transfer_progress_key(begun.name), "t");
    if (!wanted_.token.empty())
      batch.put(token_key_, encode_transfer_token({begun.name, wanted_.fingerprint, wanted_.now}));
    return Verdict::kCommit;
  }

  const Transfers::NewTransfer& wanted_;

 private:
  std::string token_key_;
};

class BeginExportTransaction final : public BeginTransaction {
 public:
  // `id`: the table that is thought to have the name; `stale` when another has.
  BeginExportTransaction(const Transfers::NewTransfer& wanted, const Transfers::ExportTimes& times,
                         TableId id)
      : BeginTransaction(wanted), times_(times), id_(id) {
    keys.push_back(stamp_key(id));
  }

 private:
  Decided begin(Reader& view, Batch& batch) override {
    auto table = read_definition(view, wanted_.name.table);
    if (!table) return base::fail(table.error());
    if (!*table) return refuse(TableErrorKind::kTableNotFound);
    if ((*table)->creating) return refuse(TableErrorKind::kTableInUse);
    if (!(*table)->recovery.enabled) return refuse(TableErrorKind::kRecoveryOff);
    stale = (*table)->id != id_;
    if (stale) return Verdict::kRefuse;
    const RecoveryWindow window = recovery_window((*table)->recovery, wanted_.now);
    for (const auto& time : {times_.time, times_.since})
      if (time && (*time < window.earliest || *time > window.latest))
        return refuse(TableErrorKind::kRestoreTime);
    begun.time = times_.time.value_or(window.latest);
    auto closed = close_stamp(view, batch, id_, stamp_at(begun.time));
    if (!closed) return base::fail(closed.error());
    // "Now" means everything that was written, also what clocks put a little later.
    begun.as_of = times_.time ? stamp_at(*times_.time) : *closed;
    if (times_.since) {
      begun.since = stamp_at(*times_.since);
      if (times_.time) --begun.as_of;  // that end is not included
    }
    begun.table = id_;
    begun.table_uuid = (*table)->uuid;
    TableDefinition held = **table;
    ++held.copies;
    ++held.version;
    put_definition(held, batch);
    return write(batch);
  }

  const Transfers::ExportTimes& times_;
  const TableId id_;
};

class BeginImportTransaction final : public BeginTransaction {
 public:
  BeginImportTransaction(const Transfers::NewTransfer& wanted, const TableDefinition& table)
      : BeginTransaction(wanted), table_(table) {
    keys.push_back(next_id_key());
  }

 private:
  Decided begin(Reader& view, Batch& batch) override {
    auto there = read_definition(view, wanted_.name.table);
    if (!there) return base::fail(there.error());
    if (*there) return refuse(TableErrorKind::kTableExists);
    auto id = take_ids(view, batch, 1 + table_.indexes.size());
    if (!id) return base::fail(id.error());
    TableDefinition made = table_;
    made.name = wanted_.name.table;
    made.id = *id;
    made.version = 1;
    made.creating = true;
    for (IndexDefinition& index : made.indexes) {
      index.id = ++*id;
      index.status = IndexStatus::kActive;  // filled beside the items
    }
    made.seal();
    put_definition(made, batch);
    begun.table = made.id;
    begun.table_uuid = made.uuid;
    return write(batch);
  }

  const TableDefinition& table_;
};

// Whether the stored transfer is still as `seen`.
base::Result<bool, StoreError> is_at(Reader& view, const Transfer& seen) {
  auto stored = view.get(transfer_key(seen.name));
  if (!stored) return base::fail(stored.error());
  return *stored && **stored == encode_transfer(seen);
}

class FinishTransaction final : public DefinitionWriter {
 public:
  FinishTransaction(const Transfer& seen, const Transfer& next) : seen_(seen), next_(next) {
    keys = {transfer_key(seen.name), definition_key(seen.name.table)};
    tables = {seen.name.table};
  }

  Decided decide(Reader& view, Batch& batch) override {
    auto here = is_at(view, seen_);
    if (!here) return base::fail(here.error());
    if (!*here) return Verdict::kRefuse;
    batch.put(transfer_key(next_.name), encode_transfer(next_));
    batch.del(transfer_progress_key(next_.name));
    auto table = read_definition(view, next_.name.table);
    if (!table) return base::fail(table.error());
    if (!*table || (*table)->id != next_.table) return Verdict::kCommit;
    if (next_.name.kind == TransferKind::kExport)
      release(**table, batch);
    else
      show(**table, batch);
    return Verdict::kCommit;
  }

 private:
  void release(const TableDefinition& table, Batch& batch) const {
    if (table.copies == 0) return;
    TableDefinition made = table;
    --made.copies;
    ++made.version;
    put_definition(made, batch);
    if (!made.keeps_history()) remove_history(batch, made.id);
  }

  void show(const TableDefinition& table, Batch& batch) const {
    if (next_.status == TransferStatus::kFailed && next_.processed == 0) {
      remove_definition(table.name, batch);
      batch.del(counters_key(table.id));
      return;
    }
    TableDefinition made = table;
    made.creating = false;
    ++made.version;
    put_definition(made, batch);
  }

  const Transfer& seen_;
  const Transfer& next_;
};

auto failed(StoreError error) {
  return base::fail(from_store(error));
}

}  // namespace

base::Task<TableResult<Transfers::Begun>> Transfers::begin_export(NewTransfer wanted, ExportTimes times) {
  for (;;) {
    auto table = co_await definitions_.find(wanted.name.table);
    if (!table) co_return base::fail(std::move(table.error()));
    BeginExportTransaction transaction(wanted, times, (*table)->id);
    auto committed = co_await definitions_.commit(transaction);
    if (!committed) co_return failed(committed.error());
    if (transaction.error) co_return base::fail(std::move(*transaction.error));
    if (transaction.repeated) {
      auto known = co_await find(*transaction.repeated);
      if (!known) co_return base::fail(std::move(known.error()));
      if (!*known) co_return table_error(TableErrorKind::kTokenReused);
      co_return Begun{std::move(**known), true};
    }
    if (!transaction.stale) co_return Begun{std::move(transaction.begun), false};
    // Another table has the name: what is remembered is old.
    static_cast<void>(co_await definitions_.refresh(*table));
  }
}

base::Task<TableResult<Transfers::Begun>> Transfers::begin_import(NewTransfer wanted, TableDefinition table) {
  BeginImportTransaction transaction(wanted, table);
  auto committed = co_await definitions_.commit(transaction);
  if (!committed) co_return failed(committed.error());
  if (transaction.error) co_return base::fail(std::move(*transaction.error));
  if (!transaction.repeated) co_return Begun{std::move(transaction.begun), false};
  auto known = co_await find(*transaction.repeated);
  if (!known) co_return base::fail(std::move(known.error()));
  if (!*known) co_return table_error(TableErrorKind::kTokenReused);
  co_return Begun{std::move(**known), true};
}

base::Task<TableResult<std::optional<Transfer>>> Transfers::find(TransferName name) {
  std::optional<Transfer> found;
  auto done = co_await store_.read([&](Reader& view) -> base::Result<void, StoreError> {
    auto transfer = read_transfer(view, name);
    if (!transfer) return base::fail(transfer.error());
    found = std::move(*transfer);
    return {};
  });
  if (!done) co_return failed(done.error());
  co_return found;
}

base::Task<TableResult<Transfers::ListPage>> Transfers::list(ListRequest request) {
  store::KeyRange range =
      store::prefix_range(transfers_prefix(request.kind, request.account, request.region, request.table));
  if (request.after) range.begin = std::max(range.begin, transfer_key(*request.after) + '\0');
  ListPage page;
  auto done = co_await store_.read([&](Reader& view) {
    page = ListPage();
    return view.scan(range, store::Order::kAscending, [&](std::string_view, std::string_view value) {
      page.more = page.transfers.size() == request.limit;
      if (page.more) return Visit::kStop;
      if (auto transfer = decode_transfer(value)) page.transfers.push_back(std::move(*transfer));
      return Visit::kContinue;
    });
  });
  if (!done) co_return failed(done.error());
  co_return page;
}

base::Task<TableResult<std::vector<Transfer>>> Transfers::under_way(TransferKind kind) {
  const store::KeyRange range = store::prefix_range(transfers_progress_prefix(kind));
  const std::size_t prefix = range.begin.size();
  std::vector<Transfer> transfers;
  auto done = co_await store_.read([&](Reader& view) -> base::Result<void, StoreError> {
    transfers.clear();
    std::vector<std::string> names;
    auto seen = view.scan(range, store::Order::kAscending, [&](std::string_view key, std::string_view) {
      names.emplace_back(key.substr(prefix));
      return Visit::kContinue;
    });
    if (!seen) return seen;
    for (const std::string& name : names) {
      // Both keys are a tag and the same name.
      auto stored = view.get(transfers_prefix(kind, "", "", "") + name);
      if (!stored) return base::fail(stored.error());
      if (auto transfer = *stored ? decode_transfer(**stored) : std::nullopt)
        transfers.push_back(std::move(*transfer));
    }
    return {};
  });
  if (!done) co_return failed(done.error());
  co_return transfers;
}

base::Task<TableResult<std::vector<TransferFile>>> Transfers::files(TransferName name) {
  const store::KeyRange range = store::prefix_range(transfer_files_prefix(name));
  std::vector<TransferFile> files;
  auto done = co_await store_.read([&](Reader& view) {
    files.clear();
    return view.scan(range, store::Order::kAscending, [&](std::string_view, std::string_view value) {
      if (auto file = decode_transfer_file(value)) files.push_back(std::move(*file));
      return Visit::kContinue;
    });
  });
  if (!done) co_return failed(done.error());
  co_return files;
}

base::Task<TableResult<PastPage>> Transfers::read_items(Transfer transfer) {
  PastPage page;
  auto done = co_await store_.read([&](Reader& view) -> base::Result<void, StoreError> {
    auto read = read_past(view, transfer.table, transfer.as_of, transfer.position);
    if (!read) return base::fail(read.error());
    page = std::move(*read);
    return {};
  });
  if (!done) co_return failed(done.error());
  co_return page;
}

base::Task<TableResult<ChangesPage>> Transfers::read_changes(Transfer transfer) {
  ChangesPage page;
  auto done = co_await store_.read([&](Reader& view) -> base::Result<void, StoreError> {
    auto read = table::read_changes(view, transfer.table, transfer.since, transfer.as_of, transfer.position);
    if (!read) return base::fail(read.error());
    page = std::move(*read);
    return {};
  });
  if (!done) co_return failed(done.error());
  co_return page;
}

base::Task<TableResult<DefinitionPtr>> Transfers::table_of(Transfer transfer) {
  auto found = co_await definitions_.find(transfer.name.table);
  // An old table of that name may still be remembered.
  if (found && (*found)->id != transfer.table) {
    static_cast<void>(co_await definitions_.refresh(*found));
    found = co_await definitions_.find(transfer.name.table);
  }
  if (found && (*found)->id != transfer.table) co_return table_error(TableErrorKind::kTableNotFound);
  co_return found;
}

base::Task<TableResult<void>> Transfers::put_items(DefinitionPtr table, std::vector<Item> items) {
  std::unordered_map<std::string, std::size_t> places;
  std::vector<TableWrite> writes;
  for (const Item& item : items) {
    ItemWrite write;
    write.item = &item;
    const auto [place, is_new] = places.emplace(item_key(*table, item), writes.size());
    if (is_new)
      writes.push_back({table, write});
    else
      writes[place->second].write = write;
  }
  auto written = co_await items_.write_all(std::move(writes), Items::Refusals::kFirst);
  if (!written) co_return base::fail(std::move(written.error()));
  co_return TableResult<void>();
}

base::Task<TableResult<bool>> Transfers::advance(Transfer seen, Transfer next,
                                                 std::optional<TransferFile> file) {
  auto decide = [&](Reader& view, Batch& batch) -> Decided {
    auto here = is_at(view, seen);
    if (!here) return base::fail(here.error());
    if (!*here) return Verdict::kRefuse;
    batch.put(transfer_key(next.name), encode_transfer(next));
    if (file) batch.put(transfer_file_key(next.name, seen.files), encode_transfer_file(*file));
    return Verdict::kCommit;
  };
  store::LambdaTransaction transaction(decide);
  transaction.keys = {transfer_key(seen.name)};
  auto committed = co_await store_.commit(transaction);
  if (!committed) co_return failed(committed.error());
  co_return committed->verdict == Verdict::kCommit;
}

base::Task<TableResult<bool>> Transfers::finish(Transfer seen, Transfer next) {
  FinishTransaction transaction(seen, next);
  auto committed = co_await definitions_.commit(transaction);
  if (!committed) co_return failed(committed.error());
  co_return committed->verdict == Verdict::kCommit;
}

base::Task<TableResult<void>> Transfers::forget(base::WallTime before) {
  for (const TransferKind kind : {TransferKind::kExport, TransferKind::kImport}) {
    ListRequest everything;
    everything.kind = kind;
    everything.limit = ~std::size_t{0};
    auto page = co_await list(std::move(everything));
    if (!page) co_return base::fail(std::move(page.error()));
    std::erase_if(page->transfers, [&](const Transfer& transfer) {
      return transfer.status == TransferStatus::kInProgress || transfer.ended >= before;
    });
    if (page->transfers.empty()) continue;
    auto decide = [&page](Reader&, Batch& batch) -> Decided {
      for (const Transfer& transfer : page->transfers) {
        batch.del(transfer_key(transfer.name));
        batch.del(transfer_token_key(transfer.name, transfer.token));
        batch.del_range(store::prefix_range(transfer_files_prefix(transfer.name)));
      }
      return Verdict::kCommit;
    };
    store::LambdaTransaction transaction(decide);
    auto committed = co_await store_.commit(transaction);
    if (!committed) co_return failed(committed.error());
  }
  co_return TableResult<void>();
}

}  // namespace millrace::table
