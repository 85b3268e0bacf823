#include "engines/table/items.h"

#include <algorithm>

#include "engines/table/item_codec.h"
#include "engines/table/items_transaction.h"
#include "engines/table/table_keys.h"

namespace millrace::table {
namespace {

using store::Reader;
using store::StoreError;

TableError invalid(std::string message) {
  return {TableErrorKind::kInvalid, std::move(message), {}, {}};
}

TableError refusal_error(const ItemDecision& decision, const std::optional<std::string>& old) {
  switch (decision.refusal) {
    case WriteRefusal::kNone:
      break;
    case WriteRefusal::kInvalid:
      return invalid(decision.message);
    case WriteRefusal::kDuplicate:
      return {TableErrorKind::kDuplicateItem, {}, old ? std::string(stored_json(*old)) : "", {}};
    case WriteRefusal::kConditionFailed:
      return {TableErrorKind::kConditionFailed, {}, old ? std::string(stored_json(*old)) : "", {}};
  }
  return {};
}

CancelReason cancel_reason(const ItemDecision& decision, const std::optional<std::string>& old) {
  const std::string item = old ? std::string(stored_json(*old)) : "";
  switch (decision.refusal) {
    case WriteRefusal::kNone:
      break;
    case WriteRefusal::kInvalid:
      return {CancelCode::kInvalid, decision.message, item};
    case WriteRefusal::kDuplicate:
      return {CancelCode::kDuplicateItem, {}, item};
    case WriteRefusal::kConditionFailed:
      return {CancelCode::kConditionFailed, {}, item};
  }
  return {};
}

TableError refused(const ItemsTransaction& transaction, Items::Refusals refusals) {
  TableError error;
  for (std::size_t i = 0; i < transaction.decisions.size(); ++i) {
    const ItemDecision& decision = transaction.decisions[i];
    if (refusals == Items::Refusals::kReasons)
      error.reasons.push_back(cancel_reason(decision, transaction.old[i]));
    else if (decision.refusal != WriteRefusal::kNone)
      return refusal_error(decision, transaction.old[i]);
  }
  error.kind = TableErrorKind::kTransactionCanceled;
  return error;
}

// What needs no old item, of all writes.
std::optional<TableError> check_all(const std::vector<TableWrite>& writes, Items::Refusals refusals) {
  TableError error;
  error.kind = TableErrorKind::kTransactionCanceled;
  bool failed = false;
  for (const TableWrite& one : writes) {
    auto checked = check_write(*one.table, one.write);
    if (!checked && refusals == Items::Refusals::kFirst) return invalid(std::move(checked.error().message));
    CancelReason& reason = error.reasons.emplace_back();
    if (checked) continue;
    failed = true;
    reason.code = CancelCode::kInvalid;
    reason.message = std::move(checked.error().message);
  }
  if (!failed) return std::nullopt;
  return error;
}

TransactionOutcome outcome_of(ItemsTransaction& transaction, const std::vector<TableWrite>& writes) {
  TransactionOutcome outcome;
  outcome.repeated = transaction.repeated;
  for (std::size_t i = 0; i < transaction.decisions.size(); ++i) {
    ItemDecision& decision = transaction.decisions[i];
    outcome.writes.push_back({writes[i].table, std::move(transaction.old[i]), std::move(decision.stored),
                              std::move(decision.index_changes), decision.changed});
  }
  return outcome;
}

}  // namespace

// What the provisioned throughput does not let in.
std::optional<TableError> Items::hold(const std::vector<TableWrite>& writes, Refusals refusals) const {
  TableError error;
  error.kind = TableErrorKind::kTransactionCanceled;
  bool held = false;
  for (const TableWrite& one : writes) {
    CancelReason& reason = error.reasons.emplace_back();
    if (one.write.by_ttl || throttle_->admits_write(*one.table)) continue;
    held = true;
    reason.code = CancelCode::kThrottled;
  }
  if (!held) return std::nullopt;
  if (refusals == Refusals::kReasons) return error;
  return TableError{TableErrorKind::kThrottled, {}, {}, {}};
}

// A write that was refused costs what it looked at.
void Items::charge(const ItemsTransaction& transaction, const std::vector<TableWrite>& writes,
                   double factor) const {
  for (std::size_t i = 0; i < transaction.decisions.size(); ++i) {
    if (writes[i].write.by_ttl) continue;
    const ItemDecision& decision = transaction.decisions[i];
    const std::size_t before = transaction.old[i] ? stored_size(*transaction.old[i]) : 0;
    const std::size_t after = decision.stored.empty() ? 0 : stored_size(decision.stored);
    throttle_->charge_write(*writes[i].table, write_units(std::max(before, after)) * factor);
    if (transaction.refused) continue;
    for (const IndexChange& change : decision.index_changes) {
      const std::size_t size = change.value.empty() ? 0 : stored_size(change.value);
      if (change.index != 0)
        throttle_->charge_index_write(*writes[i].table, change.index, write_units(size) * factor);
    }
  }
}

// For the rate of each shard.
void Items::count_appended(const ItemsTransaction& transaction, const std::vector<TableWrite>& writes) const {
  for (const auto& [i, hash] : transaction.appended) {
    const auto& before = transaction.old[i];
    const std::string& after = transaction.decisions[i].stored;
    const std::size_t size =
        std::max(before ? stored_size(*before) : 0, after.empty() ? 0 : stored_size(after));
    shards_->note(*writes[i].table, hash, static_cast<std::uint32_t>(write_units(size)));
  }
}

bool Items::admits(const std::vector<TableRead>& reads) const {
  if (!throttle_) return true;
  return std::ranges::all_of(
      reads, [this](const TableRead& read) { return throttle_->admits_read(*read.table, nullptr); });
}

base::Task<TableResult<std::optional<std::string>>> Items::get(DefinitionPtr table, const Item& key,
                                                               bool consistent) {
  for (;;) {
    if (auto checked = check_key(key, table->keys.view()); !checked)
      co_return base::fail(invalid(std::move(checked.error().message)));
    if (throttle_ && !throttle_->admits_read(*table, nullptr))
      co_return table_error(TableErrorKind::kThrottled);
    struct {
      const TableDefinition* table;
      std::string key;
      bool current = false;
      std::optional<std::string> found;
    } state{table.get(), item_key(*table, key), false, {}};
    auto done = co_await store_.read([&state](Reader& view) -> base::Result<void, StoreError> {
      auto stored = view.get(state.key);
      if (!stored) return base::fail(stored.error());
      state.found = std::move(*stored);
      auto current = is_current(view, *state.table);
      if (!current) return base::fail(current.error());
      state.current = *current;
      return {};
    });
    if (!done) co_return base::fail(from_store(done.error()));
    if (state.current) {
      if (throttle_)
        throttle_->charge_read(*table, nullptr,
                               read_units(state.found ? stored_size(*state.found) : 0, consistent));
      co_return std::move(state.found);
    }
    auto newer = co_await definitions_.refresh(table);
    if (!newer) co_return base::fail(std::move(newer.error()));
    table = std::move(*newer);
  }
}

base::Task<TableResult<std::vector<std::optional<std::string>>>> Items::get_all(std::vector<TableRead> reads,
                                                                                double factor) {
  for (;;) {
    std::vector<std::string> keys;
    for (const TableRead& read : reads) {
      if (auto checked = check_key(*read.key, read.table->keys.view()); !checked)
        co_return base::fail(invalid(std::move(checked.error().message)));
      keys.push_back(item_key(*read.table, *read.key));
    }
    if (!admits(reads)) co_return table_error(TableErrorKind::kThrottled);
    std::vector<std::optional<std::string>> found;
    bool current = true;
    auto done = co_await store_.read([&](Reader& view) -> base::Result<void, StoreError> {
      found.clear();
      current = true;
      for (const std::string& key : keys) {
        auto stored = view.get(key);
        if (!stored) return base::fail(stored.error());
        found.push_back(std::move(*stored));
      }
      for (std::size_t i = 0; i < reads.size(); ++i) {
        if (i > 0 && reads[i].table == reads[i - 1].table) continue;
        auto now = is_current(view, *reads[i].table);
        if (!now) return base::fail(now.error());
        current = current && *now;
      }
      return {};
    });
    if (!done) co_return base::fail(from_store(done.error()));
    if (current) {
      for (std::size_t i = 0; throttle_ && i < reads.size(); ++i)
        throttle_->charge_read(
            *reads[i].table, nullptr,
            read_units(found[i] ? stored_size(*found[i]) : 0, reads[i].consistent) * factor);
      co_return found;
    }
    for (TableRead& read : reads) {
      auto newer = co_await definitions_.refresh(read.table);
      if (!newer) co_return base::fail(std::move(newer.error()));
      read.table = std::move(*newer);
    }
  }
}

base::Task<TableResult<WriteOutcome>> Items::write(DefinitionPtr table, ItemWrite write) {
  std::vector<TableWrite> one;
  one.push_back({std::move(table), write});
  auto outcome = co_await write_all(std::move(one), Refusals::kFirst);
  if (!outcome) co_return base::fail(std::move(outcome.error()));
  co_return std::move(outcome->writes.front());
}

base::Task<TableResult<TransactionOutcome>> Items::write_all(std::vector<TableWrite> writes,
                                                             Refusals refusals,
                                                             std::optional<IdempotencyToken> token) {
  for (;;) {
    if (auto error = check_all(writes, refusals)) co_return base::fail(std::move(*error));
    if (throttle_) {
      if (auto held = hold(writes, refusals)) co_return base::fail(std::move(*held));
    }
    ItemsTransaction transaction(writes, clock_.now(), &token);
    auto committed = co_await store_.commit(transaction);
    if (!committed) co_return base::fail(from_store(committed.error()));
    if (throttle_) charge(transaction, writes, refusals == Refusals::kReasons ? 2 : 1);
    if (transaction.token_reused) co_return table_error(TableErrorKind::kTokenReused);
    if (transaction.refused) co_return base::fail(refused(transaction, refusals));
    if (shards_ && !transaction.appended.empty()) count_appended(transaction, writes);
    if (!transaction.stale) co_return outcome_of(transaction, writes);
    for (TableWrite& one : writes) {
      auto newer = co_await definitions_.refresh(one.table);
      if (!newer) co_return base::fail(std::move(newer.error()));
      one.table = std::move(*newer);
    }
  }
}

}  // namespace millrace::table
