#include "engines/table/table_keys.h"

#include <boost/container/static_vector.hpp>

#include "store/tuple.h"

namespace millrace::table {
namespace {

std::string start(char kind) {
  return {'t', kind};
}

std::string start(char kind, std::uint64_t id) {
  std::string key = start(kind);
  key.reserve(96);
  store::append_u64(key, id);
  return key;
}

void append_name(std::string& key, const TableName& name) {
  store::append_bytes(key, name.account);
  store::append_bytes(key, name.region);
  store::append_bytes(key, name.name);
}

using PartitionValues = boost::container::static_vector<const Value*, kMaxKeyAttributes>;

PartitionValues partition_values(const KeySchema& keys, const Item& item) {
  PartitionValues values{item.find(keys.partition.name)};
  for (const KeyAttribute& one : keys.more_partition)
    values.push_back(item.find(one.name));
  return values;
}

void append_key(std::string& out, const KeySchema& keys, const Item& item) {
  append_partition(out, partition_values(keys, item));
  if (keys.sort) append_sort(out, *item.find(keys.sort->name));
  for (const KeyAttribute& one : keys.more_sort)
    append_sort(out, *item.find(one.name));
}

// Of the table's whole key.
std::uint64_t tie_hash(const KeySchema& keys, const Item& item) {
  std::string bytes = key_bytes(*item.find(keys.partition.name));
  if (keys.sort) bytes += key_bytes(*item.find(keys.sort->name));
  return partition_hash(bytes);
}

}  // namespace

std::uint64_t partition_hash(const KeySchema& keys, const Item& item) {
  return partition_hash(partition_values(keys, item));
}

std::string next_id_key() {
  return start('n');
}

std::string definition_key(const TableName& name) {
  std::string key = start('d');
  append_name(key, name);
  return key;
}

std::string definitions_prefix(std::string_view account, std::string_view region) {
  std::string key = start('d');
  if (account.empty()) return key;
  store::append_bytes(key, account);
  store::append_bytes(key, region);
  return key;
}

std::string version_key(const TableName& name) {
  std::string key = start('v');
  append_name(key, name);
  return key;
}

std::string version_value(const TableDefinition& definition) {
  std::string value;
  store::append_u64(value, definition.id);
  store::append_u64(value, definition.version);
  return value;
}

std::string counters_key(TableId table) {
  return start('c', table);
}

std::string items_prefix(TableId table) {
  return start('i', table);
}

std::string item_key(const TableDefinition& table, const Item& key) {
  std::string out = items_prefix(table.id);
  append_key(out, table.keys, key);
  return out;
}

void append_primary_key(std::string& out, const KeySchema& keys, const Item& item) {
  append_key(out, keys, item);
}

std::string index_prefix(IndexId index) {
  return start('x', index);
}

std::string index_entry_key(const TableDefinition& table, const IndexDefinition& index, const Item& item) {
  std::string out = index_prefix(index.id);
  append_key(out, index.keys, item);
  if (index.global && index.hashed_ties) store::append_u64(out, tie_hash(table.keys, item));
  append_key(out, table.keys, item);
  return out;
}

std::string expiry_prefix(TableId table) {
  return start('e', table);
}

std::string expiry_key(const TableDefinition& table, std::int64_t expires_at, const Item& item) {
  std::string out = expiry_prefix(table.id);
  store::append_u64(out, static_cast<std::uint64_t>(expires_at));
  append_key(out, table.keys, item);
  return out;
}

void remove_expiry(store::Batch& batch, TableId table) {
  batch.del_range(store::prefix_range(expiry_prefix(table)));
  batch.del(backfill_key(table, 0));
}

std::int64_t expiry_of(std::string_view key) {
  key.remove_prefix(10);
  return static_cast<std::int64_t>(store::take_u64(key).value_or(0));
}

std::string_view primary_key_of_expiry(std::string_view key) {
  return key.substr(18);
}

std::string history_prefix(TableId table) {
  return start('h', table);
}

std::string history_key(TableId table, std::string_view primary_key, std::uint64_t stamp) {
  std::string key = history_prefix(table);
  key += primary_key;
  store::append_u64(key, stamp);
  return key;
}

std::string history_times_prefix(TableId table) {
  return start('g', table);
}

std::string history_time_key(TableId table, std::uint64_t stamp, std::string_view primary_key) {
  std::string key = history_times_prefix(table);
  store::append_u64(key, stamp);
  key += primary_key;
  return key;
}

std::string stamp_key(TableId table) {
  return start('m', table);
}

std::string backup_key(const TableName& table, std::string_view id) {
  std::string key = start('u');
  append_name(key, table);
  store::append_bytes(key, id);
  return key;
}

std::string backups_prefix(std::string_view account, std::string_view region, std::string_view table) {
  std::string key = start('u');
  store::append_bytes(key, account);
  store::append_bytes(key, region);
  if (!table.empty()) store::append_bytes(key, table);
  return key;
}

std::string all_backups_prefix() {
  return start('u');
}

std::string copy_key(TableId target) {
  return start('j', target);
}

std::string copies_prefix() {
  return start('j');
}

std::string token_key(std::string_view account, std::string_view region, std::string_view token) {
  std::string key = start('k');
  store::append_bytes(key, account);
  store::append_bytes(key, region);
  store::append_bytes(key, token);
  return key;
}

std::string tokens_prefix() {
  return start('k');
}

std::string backfill_key(TableId table, IndexId index) {
  std::string key = start('b', table);
  store::append_u64(key, index);
  return key;
}

}  // namespace millrace::table
