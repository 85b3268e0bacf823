// The opened RocksDB database and what its keys look like (docs/formats/keys.md). Only this room includes it.
#pragma once

#include <array>
#include <memory>
#include <string>

#include <rocksdb/db.h>

#include "store/store.h"
#include "store/tuple.h"
#include "store/value_cache.h"

namespace millrace::store {

// Column families. Log trims are range deletions, which would slow down every get of items, so logs stand apart.
enum class Space : std::uint8_t { kItems = 0, kLogs = 1 };
constexpr std::size_t kSpaces = 2;

struct Database {
  std::array<rocksdb::ColumnFamilyHandle*, kSpaces> handles{};
  std::unique_ptr<rocksdb::DB> db;
  ValueCache values;  // of items; the committer keeps it true
  std::string folder;

  rocksdb::ColumnFamilyHandle* handle(Space space) const { return handles[static_cast<std::size_t>(space)]; }
  explicit Database(std::size_t value_cache_bytes) : values(value_cache_bytes) {}
  ~Database();
};

// `env` null: the machine's. It must outlive the database.
base::Result<std::unique_ptr<Database>, OpenError> open_database(const RocksOptions& options,
                                                                 rocksdb::Env* env);

inline rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view view(const rocksdb::Slice& text) {
  return {text.data(), text.size()};
}

// kNotInMemory for an answer that would need the disk; what went wrong otherwise is logged.
StoreError error_of(const rocksdb::Status& status);

// Log 0 is the engine's own: its key 1 holds the sequence counter.
constexpr LogId kOwnLog = 0;
inline std::string log_key(LogId log, Sequence sequence) {
  std::string key;
  key.reserve(16);
  append_u64(key, log);
  append_u64(key, sequence);
  return key;
}
inline std::string counter_key() {
  return log_key(kOwnLog, 1);
}
// Records with from <= sequence <= to.
inline KeyRange log_range(LogId log, Sequence from, Sequence to) {
  return {log_key(log, from), to == ~Sequence{0} ? log_key(log + 1, 0) : log_key(log, to + 1)};
}
// RocksDB's range deletion wants an end; no key that tuple.h makes sorts after this one.
inline std::string end_or_last(std::string_view end) {
  return end.empty() ? std::string(64, '\xff') : std::string(end);
}

}  // namespace millrace::store
