#include "engines/stream/layout.h"

#include <fmt/format.h>

#include "store/tuple.h"

namespace millrace::stream {

namespace {
constexpr char kTag = 's';
constexpr char kDescriptionVersion = 1;
constexpr char kRecordVersion = 1;
// Logs of streams: four bits that say so, 48 bits stream, 12 bits shard.
constexpr store::LogId kLogClass = store::LogId{1} << 60;
constexpr unsigned kShardBits = 12;

std::uint64_t mixed(
    std::uint64_t x) {  // the finaliser of MurmurHash3: every input bit moves every output bit
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  return x ^ x >> 33;
}
}  // namespace

std::uint64_t partition_hash(std::string_view partition_key) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char c : partition_key)
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  return mixed(hash);
}

store::LogId shard_log(const Handle& handle, std::uint32_t shard) {
  return kLogClass | handle.id << kShardBits | shard;
}

std::pair<std::uint64_t, std::uint32_t> stream_of_log(store::LogId log) {
  return {(log & ~kLogClass) >> kShardBits, static_cast<std::uint32_t>(log & (kMaxShards - 1))};
}

std::string all_descriptions_prefix() {
  return {kTag, 'd'};
}

std::string descriptions_prefix(std::string_view account, std::string_view region, std::string_view owner) {
  std::string key = all_descriptions_prefix();
  store::append_bytes(key, account);
  store::append_bytes(key, region);
  if (!owner.empty()) store::append_bytes(key, owner);
  return key;
}

std::string description_key(const StreamName& name) {
  std::string key = descriptions_prefix(name.account, name.region, name.owner);
  store::append_bytes(key, name.label);
  return key;
}

std::optional<StreamName> name_of_key(std::string_view key) {
  if (!key.starts_with(all_descriptions_prefix())) return std::nullopt;
  key.remove_prefix(2);
  StreamName name;
  for (std::string* part : {&name.account, &name.region, &name.owner, &name.label}) {
    auto taken = store::take_bytes(key);
    if (!taken) return std::nullopt;
    *part = std::move(*taken);
  }
  return name;
}

std::string closed_key(std::uint64_t id) {
  std::string key = {kTag, 'c'};
  store::append_u64(key, id);
  return key;
}

std::string floor_key(store::LogId log) {
  std::string key = {kTag, 'f'};
  store::append_u64(key, log);
  return key;
}

std::string encode_time(base::WallTime time) {
  std::string bytes;
  store::append_u64(bytes, static_cast<std::uint64_t>(time.time_since_epoch().count()));
  return bytes;
}

std::optional<base::WallTime> decode_time(std::string_view bytes) {
  const auto count = store::take_u64(bytes);
  if (!count) return std::nullopt;
  return base::WallTime(std::chrono::microseconds(static_cast<std::int64_t>(*count)));
}

std::string encode_description(const NewStream& stream) {
  std::string bytes(1, kDescriptionVersion);
  store::append_u64(bytes, stream.handle.id);
  store::append_u64(bytes, stream.handle.shards);
  bytes += encode_time(stream.created);
  store::append_u64(bytes, stream.created_at);
  bytes += stream.details;
  return bytes;
}

std::optional<NewStream> decode_description(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kDescriptionVersion) return std::nullopt;
  bytes.remove_prefix(1);
  NewStream stream;
  const auto id = store::take_u64(bytes), shards = store::take_u64(bytes);
  const auto created = store::take_u64(bytes), sequence = store::take_u64(bytes);
  if (!sequence || *shards == 0 || *shards > kMaxShards) return std::nullopt;
  stream.handle = {*id, static_cast<std::uint32_t>(*shards)};
  stream.created = base::WallTime(std::chrono::microseconds(static_cast<std::int64_t>(*created)));
  stream.created_at = *sequence;
  stream.details = std::string(bytes);
  return stream;
}

void append_record(store::Batch& batch, const Handle& handle, std::string_view partition_key,
                   std::string_view payload, base::WallTime now) {
  const std::uint64_t hash = partition_hash(partition_key);
  std::string bytes;
  bytes.reserve(kRecordHead + payload.size());
  bytes.push_back(kRecordVersion);
  store::append_u64(bytes, static_cast<std::uint64_t>(now.time_since_epoch().count()));
  store::append_u64(bytes, hash);
  bytes.append(payload);
  batch.append(shard_log(handle, shard_of(hash, handle.shards)), bytes);
}

std::optional<RecordView> decode_record(std::string_view bytes) {
  if (bytes.size() < kRecordHead || bytes[0] != kRecordVersion) return std::nullopt;
  bytes.remove_prefix(1);
  RecordView record;
  record.created = *decode_time(bytes);
  bytes.remove_prefix(8);
  record.hash = *store::take_u64(bytes);
  record.payload = bytes;
  return record;
}

std::string shard_id(const NewStream& stream, std::uint32_t index) {
  const auto millis = base::unix_millis(stream.created);
  const auto suffix = static_cast<std::uint32_t>(mixed(stream.handle.id << kShardBits | index));
  return fmt::format("shardId-{:020}-{:08x}", millis, suffix);
}

}  // namespace millrace::stream
