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
// Key 's' 'f' log: the last sequence that retention took away.
std::string floor_key(store::LogId log);

std::string encode_description(const NewStream& stream);
std::optional<NewStream> decode_description(std::string_view bytes);
std::string encode_time(base::WallTime time);
std::optional<base::WallTime> decode_time(std::string_view bytes);

constexpr std::size_t kRecordHead = 17;  // version, microseconds, hash
// A view into `bytes`.
struct RecordView {
  base::WallTime created{};
  std::uint64_t hash = 0;
  std::string_view payload;
};
std::optional<RecordView> decode_record(std::string_view bytes);

std::string shard_id(const NewStream& stream, std::uint32_t index);

}  // namespace millrace::stream
