// The store: an ordered, transactional map from bytes to bytes, plus append-only logs, strictly serialisable.
//
// One door for every write: a Transaction names the keys and ranges it reads; its decide() turns what they
// hold into either a refusal or a batch of puts, deletes and log appends; the store applies that batch
// atomically and durably. decide() is pure (it touches nothing but its arguments and its own results) because
// the store may run it again after a conflict, and on any thread.
//
// A log is an append-only sequence of records. Sequence numbers are given at commit, in commit order, from
// one counter for the whole store: strictly increasing per log, never reused, not contiguous within one log.
// A reader at the tail never sees a gap that is filled later.
//
// Durability: commit() returns after the batch is durable (Durability::kSync: fdatasync, shared by all who
// wait; kOs: handed to the page cache). When a sync or write fails, the store refuses all further writes with
// StoreError::kWriteRefused; reads go on.
//
// Threads: every member may be called from any thread. Nothing blocks the caller's thread: what is in memory
// is answered at once, what would wait for a disk is awaited. The Store must outlive every task that uses it.
// Nothing above store/ may assume that data is local, that a lock in memory excludes another node, or that a
// decision runs once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"

namespace millrace::store {

using Sequence = std::uint64_t;  // 0: none
using LogId = std::uint64_t;     // chosen by whoever owns the log; 0 is the store's own

enum class StoreError {
  kIo,            // a read failed; the message is in the server's log
  kCorrupt,       // stored bytes do not decode
  kWriteRefused,  // an earlier write or sync failed; the store is read-only until restarted
  kStopped,       // the store is shutting down
  kOverloaded,    // too many transactions wait; nothing was written
  kNotInMemory,   // internal to Store::read: the answer is on disk; propagate it
};

// Half-open [begin, end) in byte order. An empty end means "to the last key".
struct KeyRange {
  std::string begin;
  std::string end;
};
// The range of all keys that start with `prefix`.
KeyRange prefix_range(std::string_view prefix);

enum class Order { kAscending, kDescending };
enum class Visit { kContinue, kStop };
using KeyValueVisitor = std::function<Visit(std::string_view key, std::string_view value)>;
using LogVisitor = std::function<Visit(Sequence sequence, std::string_view record)>;

// A consistent view. Views passed to visitors are valid during the call only.
class Reader {
 public:
  virtual ~Reader() = default;
  // nullopt: absent.
  virtual base::Result<std::optional<std::string>, StoreError> get(std::string_view key) = 0;
  virtual base::Result<void, StoreError> scan(const KeyRange& range, Order order,
                                              const KeyValueVisitor& visit) = 0;
  // Records with sequence >= from, oldest first.
  virtual base::Result<void, StoreError> read_log(LogId log, Sequence from, const LogVisitor& visit) = 0;
  // Sequence of the log's first kept / last record; 0 when it holds none.
  virtual base::Result<Sequence, StoreError> log_first(LogId log) = 0;
  virtual base::Result<Sequence, StoreError> log_last(LogId log) = 0;
  // Sequence that the newest commit in this view had reached, over all logs.
  virtual Sequence now() = 0;
};

// What a decision wants written. Later entries for the same key win. Keys and values are copied in.
class Batch {
 public:
  virtual ~Batch() = default;
  virtual void put(std::string_view key, std::string_view value) = 0;
  virtual void del(std::string_view key) = 0;
  virtual void del_range(const KeyRange& range) = 0;
  virtual void append(LogId log, std::string_view record) = 0;
  // Forgets the log's records with sequence <= up_to.
  virtual void trim(LogId log, Sequence up_to) = 0;
};

enum class Verdict { kCommit, kRefuse };

class Transaction {
 public:
  virtual ~Transaction() = default;
  // Called once per attempt with a view in which the named keys and ranges hold still until the batch is
  // applied. Reading anything that was not named is a bug (the contract test's store checks it). A StoreError
  // met while reading is returned as is. The view does not show what `batch` was given.
  virtual base::Result<Verdict, StoreError> decide(Reader& view, Batch& batch) = 0;

  // The read set; filled before commit().
  std::vector<std::string> keys;
  std::vector<KeyRange> ranges;
  std::vector<LogId> logs;  // whose records or edges it reads; appending needs no naming
};

// A transaction from a callable: `LambdaTransaction tx{[&](Reader& r, Batch& b) -> Result<Verdict,
// StoreError> {...}}`.
template <class F>
class LambdaTransaction final : public Transaction {
 public:
  explicit LambdaTransaction(F decide) : decide_(std::move(decide)) {}
  base::Result<Verdict, StoreError> decide(Reader& view, Batch& batch) override {
    return decide_(view, batch);
  }

 private:
  F decide_;
};

struct Committed {
  Verdict verdict = Verdict::kRefuse;
  Sequence last_sequence = 0;  // sequence of this transaction's last log append; 0 when it appended nothing
};

enum class Durability { kSync, kOs };

class Store {
 public:
  virtual ~Store() = default;

  // `transaction` must stay alive until the task completes; the caller must not cancel the wait (it completes
  // by itself).
  virtual base::Task<base::Result<Committed, StoreError>> commit(Transaction& transaction) = 0;

  // Runs `body` on one consistent view and waits for it. If what it reads is not all in memory, body is run
  // again from the start on a thread that may block, so it must be pure apart from overwriting its own
  // results. The Reader must not be kept after body returned.
  using ReadBody = std::function<base::Result<void, StoreError>(Reader&)>;
  virtual base::Task<base::Result<void, StoreError>> read(ReadBody body) = 0;

  // Completes when the log has a record with sequence > after (at once when it has), or with kStopped at
  // shutdown; ends early when the awaiting task is cancelled. It is a hint: read the log afterwards.
  virtual base::Task<base::Result<void, StoreError>> wait_for_append(LogId log, Sequence after) = 0;

  // Refuses new work with kStopped, finishes what was accepted, makes it durable. Blocks; call from main
  // only.
  virtual void stop() = 0;
};

struct OpenError {
  enum class Kind { kLocked, kNewerFormat, kNotWritable, kDiskFull, kCorrupt, kIo } kind;
  std::string message;  // says what to do; one sentence or two, for a person
};

struct RocksOptions {
  std::string folder;
  Durability durability = Durability::kSync;
  std::size_t block_cache_bytes = 256u << 20;
  std::size_t value_cache_bytes = 32u << 20;  // of items read lately, in front of the blocks
  std::size_t write_buffer_bytes = 64u << 20;
  std::size_t max_waiting = 16384;  // transactions that may wait before kOverloaded
  bool check_read_sets = false;  // decide() reading what it did not name throws std::logic_error; for tests
};
// Opens or creates; blocks.
base::Result<std::unique_ptr<Store>, OpenError> open_rocks_store(const RocksOptions& options);

}  // namespace millrace::store
