// Finding streams and reading their shards. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
// Any thread; the store must outlive the tasks. Parameters are taken by value where a task keeps them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "engines/stream/stream.h"
#include "store/store.h"

namespace millrace::stream {

enum class ErrorKind {
  kNotFound,  // no such stream or shard
  kTrimmed,   // the position is before the oldest record kept
  kStore,     // see `store`
};
struct Error {
  ErrorKind kind = ErrorKind::kStore;
  store::StoreError store = store::StoreError::kIo;
};

enum class State { kEnabled, kDisabled };  // AWS's ENABLING and DISABLING pass within the commit

// Which shard: all that a reader needs.
struct ShardRef {
  std::uint64_t stream = 0;  // Handle::id
  std::uint64_t number = 0;
};
store::LogId shard_log(const ShardRef& shard);

struct Shard {
  ShardRef ref;
  std::string id;      // "shardId-00000001234567890123-abcdef01"
  std::string parent;  // the id of the shard that it followed, there still or not; empty: none
  store::LogId log = 0;
  base::WallTime closed{};       // when its children took over; not so when the whole stream was closed
  store::Sequence starting = 0;  // not after its first record, and after all of its parent's
  store::Sequence ending = 0;    // 0 while open; not before its last record once closed
};

struct Stream {
  StreamName name;
  std::uint64_t id = 0;
  State state = State::kEnabled;
  base::WallTime created{};
  base::WallTime closed{};  // when disabled
  std::string details;
  std::vector<Shard> shards;  // in the order of creation: parents come before their children

  const Shard* find_shard(std::string_view shard_id) const;
};

base::Task<base::Result<Stream, Error>> describe(store::Store& store, StreamName name);

struct ListRequest {
  std::string account;
  std::string region;
  std::string owner;                // empty: all owners
  std::optional<StreamName> after;  // exclusive
  std::size_t limit = 100;
};
// In the order of owner, then label.
base::Task<base::Result<std::vector<Stream>, Error>> list(store::Store& store, ListRequest request);

enum class StartAt { kTrimHorizon, kLatest, kAtSequence, kAfterSequence, kAtTime };
struct Start {
  StartAt at = StartAt::kTrimHorizon;
  store::Sequence sequence = 0;  // kAtSequence, kAfterSequence
  base::WallTime time{};         // kAtTime: the first record not older
};
// The position that a reader holds: everything up to and including this sequence is behind it. kTrimmed.
base::Task<base::Result<store::Sequence, Error>> find_position(store::Store& store, store::LogId log,
                                                               Start start);

struct Record {
  store::Sequence sequence = 0;
  base::WallTime created{};
  std::uint64_t hash = 0;  // partition_hash of its key
  std::string payload;
};
struct PageLimits {
  std::size_t records = 1000;
  std::size_t bytes = 1u << 20;  // of payloads; at least one record is returned
};
struct Page {
  std::vector<Record> records;
  store::Sequence position = 0;  // read on from here
  bool ended = false;            // the shard is closed and nothing is left behind these
};
// Records after `position`, oldest first. kTrimmed when records behind the trim horizon would have come first; kNotFound when the shard
// is no more.
base::Task<base::Result<Page, Error>> read_page(store::Store& store, ShardRef shard, store::Sequence position,
                                                PageLimits limits);

// Completes when the shard has a record after `position` or was closed; ends early on cancellation (Store::wait_for_append).
base::Task<base::Result<void, store::StoreError>> wait_for_record(store::Store& store, store::LogId log,
                                                                  store::Sequence position);

}  // namespace millrace::stream
