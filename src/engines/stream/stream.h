// Sharded, ordered logs: what a table's stream and a Kinesis stream have in common. A record belongs to the shard that owns the hash
// of its partition key, so records of one key are in commit order. What a record holds is its owner's business.
//
// Writing happens inside somebody else's commit: create(), append_record() and close() add to a Batch, read nothing and may be
// repeated by a decision that is run again. Reading is in reading.h, what replaces shards in shards.h, tokens in iterator.h, retention in
// retention.h.
// Pure functions over what they are given; any thread.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "store/store.h"

namespace millrace::stream {

// A record's place: where its partition key's hash stands among all; a shard owns a range of places.
using Place = std::uint64_t;  // 0 to kPlaces - 1; as the end of a range kPlaces too
constexpr Place kPlaces = Place{1} << 32;

struct OpenShard {
  std::uint64_t number = 0;  // in the order of creation, within a stream; never reused
  Place begin = 0;           // the range ends where the next shard's begins
  base::WallTime opened{};
  bool operator==(const OpenShard&) const = default;
};
// What a writer keeps to append: enough to find the shard without reading. It changes when shards are replaced (shards.h); whoever
// appends by an old one breaks the order of records, so its owner keeps it where every decision sees that it is current.
struct Handle {
  std::uint64_t id = 0;         // 48 bits, random
  std::uint64_t next = 0;       // the number of the next shard
  std::vector<OpenShard> open;  // by place; together they own all places
  bool operator==(const Handle&) const = default;
  const OpenShard& shard_at(Place place) const;
  Place end_of(std::size_t index) const { return index + 1 < open.size() ? open[index + 1].begin : kPlaces; }
};
constexpr std::uint32_t kFirstShards = 4;
constexpr std::size_t kMaxOpenShards = 1024;
Handle new_handle(base::Random& random, base::WallTime now, std::uint32_t shards = kFirstShards);
std::string handle_text(const Handle& handle);  // for the owner's own records (docs/formats/stream.md)
std::optional<Handle> parse_handle(std::string_view text);

struct StreamName {
  std::string account;
  std::string region;
  std::string owner;  // the table's name
  std::string label;  // "2026-11-21T01:45:00.123"; tells the streams of one owner apart
  bool operator==(const StreamName&) const = default;
};
// A label for a stream that begins at this time: ISO 8601, UTC, milliseconds.
std::string label_at(base::WallTime time);
// arn:aws:dynamodb:<region>:<account>:table/<owner>/stream/<label>
std::string table_stream_arn(const StreamName& name);
std::optional<StreamName> parse_table_stream_arn(std::string_view arn);

// What create() writes.
struct NewStream {
  StreamName name;
  Handle handle;
  base::WallTime created{};
  store::Sequence created_at = 0;  // a sequence that was reached before; 0 when the caller knows none
  std::string details;             // the owner's own (view type, key schema); returned as given
};
// Nobody may have a stream of that name: labels differ by their time.
void create(store::Batch& batch, const NewStream& stream);
// No more appends from this commit on; records stay readable for the retention time, then trim_expired() removes the stream.
void close(store::Batch& batch, const Handle& handle, base::WallTime now);

// `partition_key`: bytes that are equal for equal keys (the encoded partition key). Returns their partition_hash().
std::uint64_t append_record(store::Batch& batch, const Handle& handle, std::string_view partition_key,
                            std::string_view payload, base::WallTime now);

// The hash that places a record; stable for ever. Low half: shard; high half: lane of a parallel consumer.
std::uint64_t partition_hash(std::string_view partition_key);
// The low half, turned so that the first four shards, which were once its remainders modulo four, are ranges.
inline Place place_of(std::uint64_t hash) {
  return std::rotr(static_cast<std::uint32_t>(hash), 2);
}
inline std::uint32_t lane_of(std::uint64_t hash, std::uint32_t lanes) {
  return static_cast<std::uint32_t>(hash >> 32) % lanes;
}

// Sequence numbers as the API shows them: 21 digits, in the order of the sequence. nullopt when it is none of ours.
std::string sequence_text(store::Sequence sequence);
std::optional<store::Sequence> parse_sequence(std::string_view text);

}  // namespace millrace::stream
