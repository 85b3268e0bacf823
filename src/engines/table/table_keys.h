// Where a table's data stands in the store (docs/formats/table.md). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engines/table/table_definition.h"
#include "store/store.h"

namespace millrace::table {

// Of an item's partition key: where it stands in scan order. `item` must hold the key attributes.
std::uint64_t partition_hash(const KeySchema& keys, const Item& item);

std::string next_id_key();
std::string definition_key(const TableName& name);
// All definitions of an account and region, in the order of their names; of everything when `account` is empty.
std::string definitions_prefix(std::string_view account, std::string_view region);
// Eight bytes id, eight bytes version: what a decision compares with the definition it was made for.
std::string version_key(const TableName& name);
std::string version_value(const TableDefinition& definition);
std::string counters_key(TableId table);

std::string items_prefix(TableId table);
// `key` must hold the key attributes, with the right types.
std::string item_key(const TableDefinition& table, const Item& key);
// Appends what follows the prefix in an item's key: its primary key.
void append_primary_key(std::string& out, const KeySchema& keys, const Item& item);

std::string index_prefix(IndexId index);
// `item` must hold the index's keys and the table's.
std::string index_entry_key(const TableDefinition& table, const IndexDefinition& index, const Item& item);

std::string expiry_prefix(TableId table);
std::string expiry_key(const TableDefinition& table, std::int64_t expires_at, const Item& item);
// Time to live was switched off: forgets when items expire.
void remove_expiry(store::Batch& batch, TableId table);
// Of a key that starts with expiry_prefix().
std::int64_t expiry_of(std::string_view expiry_key);
std::string_view primary_key_of_expiry(std::string_view expiry_key);

// What items were before (history.h): by item, then stamp; by stamp, then item; and the last stamp that was given.
std::string history_prefix(TableId table);
std::string history_key(TableId table, std::string_view primary_key, std::uint64_t stamp);
std::string history_times_prefix(TableId table);
std::string history_time_key(TableId table, std::uint64_t stamp, std::string_view primary_key);
std::string stamp_key(TableId table);

// Backups, in the order of their table's name, then of their id; of the account and region when `table` is empty.
std::string backup_key(const TableName& table, std::string_view id);
std::string backups_prefix(std::string_view account, std::string_view region, std::string_view table);
// All of all accounts.
std::string all_backups_prefix();
// A copy under way, by what it fills.
std::string copy_key(TableId target);
std::string copies_prefix();

std::string token_key(std::string_view account, std::string_view region, std::string_view token);
std::string tokens_prefix();
// How far the filling of a new index (or of expiry entries: index 0) has come.
std::string backfill_key(TableId table, IndexId index);

}  // namespace millrace::table
