// The one decision behind every write of an item (PutItem, UpdateItem, DeleteItem, batches, transactions, PartiQL, time
// to live): from the table, the old item, the request and the time to the new item, the index entries, the stream's
// record and the counters. Pure: it may be run again. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "engines/table/expression.h"
#include "engines/table/table_definition.h"
#include "engines/table/value.h"
#include "store/store.h"

namespace millrace::table {

enum class WriteKind : std::uint8_t { kPut, kUpdate, kDelete, kCheck };

// What is asked; everything pointed to must outlive the write.
struct ItemWrite {
  WriteKind kind = WriteKind::kPut;
  const Item* item = nullptr;      // kPut: the item; else its key
  const Update* update = nullptr;  // kUpdate; null: makes sure that the item is there
  const Condition* condition = nullptr;
  bool by_ttl = false;
  // For INSERT of PartiQL: an item that is there is a duplicate, not a failed condition.
  bool must_be_new = false;
};

// The checks that need no old item, in AWS's order: item or key against the schema, update against keys.
base::Result<void, ExpressionError> check_write(const TableDefinition& table, const ItemWrite& write);

enum class WriteRefusal : std::uint8_t { kNone, kInvalid, kConditionFailed, kDuplicate };

struct IndexChange {
  std::string key;
  std::string value;  // empty: the entry goes
  IndexId index = 0;  // 0: an expiry entry
};

struct ItemDecision {
  WriteRefusal refusal = WriteRefusal::kNone;
  std::string message;  // kInvalid: AWS's
  bool changed = false;
  std::string stored;  // the new item; empty: there is none
  std::vector<IndexChange> index_changes;
  std::string change_record;  // empty: the table has no stream, or nothing changed
  TableCounters growth;
};

// `old_stored`: the item's stored bytes, nullopt when there is none. check_write() must have passed.
ItemDecision decide_write(const TableDefinition& table, const ItemWrite& write,
                          const std::optional<std::string>& old_stored, base::WallTime now);

// The entry that an index keeps for an item; nullopt when the item has not all of its keys, with their types.
std::optional<IndexChange> index_entry(const TableDefinition& table, const IndexDefinition& index,
                                       const Item& item, std::string_view stored);
// The expiry entry of an item in a table with time to live; nullopt when it never expires.
std::optional<IndexChange> expiry_entry(const TableDefinition& table, const Item& item);

// The key attributes alone.
Item key_of(const KeySchema& keys, const Item& item);

}  // namespace millrace::table
