// Where streams stand in the store and how their values are written (docs/formats/stream.md). Internal to this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engines/stream/reading.h"
#include "engines/stream/stream.h"

namespace millrace::stream {

// Key 's' 'd' account region owner label.
std::string description_key(const StreamName& name);
std::string descriptions_prefix(std::string_view account, std::string_view region, std::string_view owner);
std::string all_descriptions_prefix();
std::optional<StreamName> name_of_key(std::string_view key);
// Key 's' 'c' id: present once the stream was closed; eight bytes of microseconds.
std::string closed_key(std::uint64_t id);
// Key 's' 's' id number.
std::string shard_key(const ShardRef& shard);
std::string shards_prefix(std::uint64_t stream);
std::optional<std::uint64_t> number_of_key(std::string_view key);
// Key 's' 'f' log: the last sequence that retention took away.
std::string floor_key(store::LogId log);

// Of a description: the handle has its id alone.
std::string encode_description(const NewStream& stream);
std::optional<NewStream> decode_description(std::string_view bytes);
// What descriptions were when shards were never replaced: so many of them, and no records of them.
std::optional<std::pair<NewStream, std::uint32_t>> decode_old_description(std::string_view bytes);

// A shard as it is stored.
struct ShardRecord {
  std::string id;
  std::string parent;  // empty: none
  Place begin = 0, end = 0;
  base::WallTime opened{}, closed{};
  store::Sequence starting = 0;  // not after its first record
  store::Sequence ending = 0;    // not before its last; 0 while open
};
std::string encode_shard(const ShardRecord& shard);
std::optional<ShardRecord> decode_shard(std::string_view bytes);
// Differs from those of all shards of this stream that were opened in the same millisecond.
std::string new_shard_id(const ShardRef& shard, base::WallTime opened);
std::string old_shard_id(const NewStream& stream, std::uint32_t number);
std::string encode_time(base::WallTime time);
std::optional<base::WallTime> decode_time(std::string_view bytes);

constexpr std::size_t kRecordHead = 17;  // version, microseconds, hash
// A view into `bytes`.
struct RecordView {
  bool end = false;  // the shard's last entry, which says that it is closed
  base::WallTime created{};
  std::uint64_t hash = 0;
  std::string_view payload;
};
std::optional<RecordView> decode_record(std::string_view bytes);
void append_end(store::Batch& batch, const ShardRef& shard, base::WallTime now);

}  // namespace millrace::stream
