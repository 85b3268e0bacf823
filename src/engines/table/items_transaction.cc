#include "engines/table/items_transaction.h"

#include <algorithm>

#include "engines/table/history.h"
#include "engines/table/table_keys.h"
#include "engines/table/table_stream.h"
#include "store/tuple.h"

namespace millrace::table {
namespace {

using store::Batch;
using store::Reader;
using store::StoreError;
using store::Verdict;

constexpr std::chrono::minutes kTokenLife{10};

void add(Counters& to, const Counters& growth) {
  to.items += growth.items;
  to.bytes += growth.bytes;
}

void add(TableCounters& to, const TableCounters& growth) {
  add(to.table, growth.table);
  for (const auto& [index, one] : growth.indexes)
    add(to.indexes[index], one);
}

bool grows(const TableCounters& growth) {
  return growth.table.items != 0 || growth.table.bytes != 0 || !growth.indexes.empty();
}

}  // namespace

ItemsTransaction::ItemsTransaction(const std::vector<TableWrite>& writes, base::WallTime now,
                                   const std::optional<IdempotencyToken>* token)
    : writes_(writes), now_(now) {
  item_keys_.reserve(writes.size());
  keys.reserve(writes.size() + 3);
  for (const TableWrite& one : writes) {
    item_keys_.push_back(item_key(*one.table, *one.write.item));
    keys.push_back(item_keys_.back());
    if (std::ranges::find(tables_, one.table->id, &TableDefinition::id) == tables_.end())
      tables_.push_back(one.table.get());
  }
  for (const TableDefinition* table : tables_) {
    keys.push_back(version_key(table->name));
    keys.push_back(counters_key(table->id));
    if (table->keeps_history()) keys.push_back(stamp_key(table->id));
  }
  if (token && *token) {
    token_ = &**token;
    keys.push_back(token_key(token_->account, token_->region, token_->token));
  }
}

base::Result<bool, StoreError> ItemsTransaction::all_current(Reader& view) const {
  for (const TableDefinition* table : tables_) {
    auto current = is_current(view, *table);
    if (!current || !*current) return current;
  }
  return true;
}

// A token's value: eight bytes of time, then the fingerprint of its request.
base::Result<ItemsTransaction::Token, StoreError> ItemsTransaction::check_token(Reader& view, Batch& batch) {
  if (!token_) return Token::kFresh;
  const std::string key = token_key(token_->account, token_->region, token_->token);
  auto stored = view.get(key);
  if (!stored) return base::fail(stored.error());
  if (*stored) {
    std::string_view bytes = **stored;
    const auto micros = static_cast<std::int64_t>(store::take_u64(bytes).value_or(0));
    if (now_ - base::WallTime(std::chrono::microseconds(micros)) < kTokenLife) {
      (bytes == token_->fingerprint ? repeated : token_reused) = true;
      return Token::kDone;
    }
  }
  std::string value;
  store::append_u64(value, static_cast<std::uint64_t>(now_.time_since_epoch().count()));
  batch.put(key, value + token_->fingerprint);
  return Token::kFresh;
}

base::Result<Verdict, StoreError> ItemsTransaction::decide(Reader& view, Batch& batch) {
  stale = refused = repeated = token_reused = false;
  decisions.clear();
  old.clear();
  appended.clear();
  auto current = all_current(view);
  if (!current) return base::fail(current.error());
  if (!*current) {
    stale = true;
    return Verdict::kRefuse;
  }
  auto token = check_token(view, batch);
  if (!token) return base::fail(token.error());
  if (*token == Token::kDone) return Verdict::kRefuse;

  bool changed = token_ != nullptr;
  for (std::size_t i = 0; i < writes_.size(); ++i) {
    auto stored = view.get(item_keys_[i]);
    if (!stored) return base::fail(stored.error());
    old.push_back(std::move(*stored));
    decisions.push_back(decide_write(*writes_[i].table, writes_[i].write, old.back(), now_));
    refused = refused || decisions.back().refusal != WriteRefusal::kNone;
    changed = changed || decisions.back().changed;
  }
  if (refused || !changed) return Verdict::kRefuse;
  if (auto applied = apply(view, batch); !applied) return base::fail(applied.error());
  return Verdict::kCommit;
}

void ItemsTransaction::apply_one(std::size_t i, Batch& batch) {
  const ItemDecision& decision = decisions[i];
  if (decision.stored.empty())
    batch.del(item_keys_[i]);
  else
    batch.put(item_keys_[i], decision.stored);
  for (const IndexChange& change : decision.index_changes) {
    if (change.value.empty())
      batch.del(change.key);
    else
      batch.put(change.key, change.value);
  }
  if (!decision.change_record.empty())
    appended.push_back(
        {i, append_change(batch, *writes_[i].table, *writes_[i].write.item, decision.change_record, now_)});
}

base::Result<void, StoreError> ItemsTransaction::keep_history(Reader& view, Batch& batch,
                                                              const TableDefinition& table) const {
  if (!table.keeps_history()) return {};
  auto stamp = next_stamp(view, batch, table.id, now_);
  if (!stamp) return base::fail(stamp.error());
  const std::size_t prefix = items_prefix(table.id).size();
  for (std::size_t i = 0; i < writes_.size(); ++i) {
    if (writes_[i].table->id == table.id && decisions[i].changed)
      keep_old(batch, {table.id, std::string_view(item_keys_[i]).substr(prefix)}, *stamp, old[i]);
  }
  return {};
}

base::Result<void, StoreError> ItemsTransaction::apply(Reader& view, Batch& batch) {
  for (const TableDefinition* table : tables_) {
    TableCounters growth;
    if (auto kept = keep_history(view, batch, *table); !kept) return kept;
    for (std::size_t i = 0; i < writes_.size(); ++i) {
      if (writes_[i].table->id != table->id || !decisions[i].changed) continue;
      apply_one(i, batch);
      add(growth, decisions[i].growth);
    }
    if (!grows(growth)) continue;
    const std::string key = counters_key(table->id);
    auto stored = view.get(key);
    if (!stored) return base::fail(stored.error());
    TableCounters counters = *stored ? decode_counters(**stored) : TableCounters();
    add(counters, growth);
    batch.put(key, encode_counters(counters));
  }
  return {};
}

}  // namespace millrace::table
