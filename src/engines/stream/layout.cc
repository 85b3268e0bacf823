#include "engines/stream/layout.h"

#include <fmt/format.h>

#include "store/tuple.h"

namespace millrace::stream {

namespace {
constexpr char kTag = 's';
constexpr char kOldDescriptionVersion = 1;
constexpr char kDescriptionVersion = 2;
constexpr char kShardVersion = 1;
constexpr char kRecordVersion = 1;
constexpr char kEndVersion = 2;
// Logs of a stream's first shards: four bits that say so, 48 bits stream, 12 bits number. Of later ones: four other bits, and 60 of
// a hash of both.
constexpr store::LogId kLogClass = store::LogId{1} << 60;
constexpr store::LogId kLateLogClass = store::LogId{3} << 60;
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

store::LogId shard_log(const ShardRef& shard) {
  if (shard.number >> kShardBits == 0) return kLogClass | shard.stream << kShardBits | shard.number;
  return kLateLogClass | mixed(mixed(shard.stream) + shard.number) >> 4;
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

std::string shards_prefix(std::uint64_t stream) {
  std::string key = {kTag, 's'};
  store::append_u64(key, stream);
  return key;
}

std::string shard_key(const ShardRef& shard) {
  std::string key = shards_prefix(shard.stream);
  store::append_u64(key, shard.number);
  return key;
}

std::optional<std::uint64_t> number_of_key(std::string_view key) {
  key.remove_prefix(std::min(key.size(), shards_prefix(0).size()));
  return store::take_u64(key);
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
  bytes += encode_time(stream.created);
  store::append_u64(bytes, stream.created_at);
  bytes += stream.details;
  return bytes;
}

std::optional<NewStream> decode_description(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kDescriptionVersion) return std::nullopt;
  bytes.remove_prefix(1);
  NewStream stream;
  const auto id = store::take_u64(bytes);
  const auto created = store::take_u64(bytes), sequence = store::take_u64(bytes);
  if (!sequence) return std::nullopt;
  stream.handle.id = *id;
  stream.created = base::WallTime(std::chrono::microseconds(static_cast<std::int64_t>(*created)));
  stream.created_at = *sequence;
  stream.details = std::string(bytes);
  return stream;
}

std::optional<std::pair<NewStream, std::uint32_t>> decode_old_description(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kOldDescriptionVersion) return std::nullopt;
  bytes.remove_prefix(1);
  const auto id = store::take_u64(bytes), shards = store::take_u64(bytes);
  if (!shards || *shards != kFirstShards) return std::nullopt;
  std::string as_now(1, kDescriptionVersion);
  store::append_u64(as_now, *id);
  auto stream = decode_description(as_now.append(bytes));
  if (!stream) return std::nullopt;
  return std::pair{std::move(*stream), static_cast<std::uint32_t>(*shards)};
}

std::string encode_shard(const ShardRecord& shard) {
  std::string bytes(1, kShardVersion);
  store::append_u64(bytes, shard.begin);
  store::append_u64(bytes, shard.end);
  bytes += encode_time(shard.opened);
  bytes += encode_time(shard.closed);
  store::append_u64(bytes, shard.starting);
  store::append_u64(bytes, shard.ending);
  store::append_bytes(bytes, shard.id);
  store::append_bytes(bytes, shard.parent);
  return bytes;
}

std::optional<ShardRecord> decode_shard(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kShardVersion) return std::nullopt;
  bytes.remove_prefix(1);
  std::uint64_t numbers[6] = {};
  for (std::uint64_t& number : numbers) {
    const auto taken = store::take_u64(bytes);
    if (!taken) return std::nullopt;
    number = *taken;
  }
  auto id = store::take_bytes(bytes), parent = store::take_bytes(bytes);
  if (!id || !parent) return std::nullopt;
  const auto time = [](std::uint64_t micros) {
    return base::WallTime(std::chrono::microseconds(static_cast<std::int64_t>(micros)));
  };
  return ShardRecord{std::move(*id),   std::move(*parent), numbers[0], numbers[1],
                     time(numbers[2]), time(numbers[3]),   numbers[4], numbers[5]};
}

std::uint64_t append_record(store::Batch& batch, const Handle& handle, std::string_view partition_key,
                            std::string_view payload, base::WallTime now) {
  const std::uint64_t hash = partition_hash(partition_key);
  std::string bytes;
  bytes.reserve(kRecordHead + payload.size());
  bytes.push_back(kRecordVersion);
  store::append_u64(bytes, static_cast<std::uint64_t>(now.time_since_epoch().count()));
  store::append_u64(bytes, hash);
  bytes.append(payload);
  batch.append(shard_log({handle.id, handle.shard_at(place_of(hash)).number}), bytes);
  return hash;
}

void append_end(store::Batch& batch, const ShardRef& shard, base::WallTime now) {
  std::string bytes(1, kEndVersion);
  store::append_u64(bytes, static_cast<std::uint64_t>(now.time_since_epoch().count()));
  batch.append(shard_log(shard), bytes);
}

std::optional<RecordView> decode_record(std::string_view bytes) {
  RecordView record;
  record.end = !bytes.empty() && bytes[0] == kEndVersion;
  if (bytes.size() < (record.end ? kRecordHead - 8 : kRecordHead)) return std::nullopt;
  if (!record.end && bytes[0] != kRecordVersion) return std::nullopt;
  bytes.remove_prefix(1);
  record.created = *decode_time(bytes);
  bytes.remove_prefix(8);
  if (record.end) return record;
  record.hash = *store::take_u64(bytes);
  record.payload = bytes;
  return record;
}

std::string new_shard_id(const ShardRef& shard, base::WallTime opened) {
  // An odd factor: no two numbers of a stream have the same.
  const auto suffix = static_cast<std::uint32_t>(mixed(shard.stream) + shard.number * 0x9e3779b1U);
  return fmt::format("shardId-{:020}-{:08x}", base::unix_millis(opened), suffix);
}

std::string old_shard_id(const NewStream& stream, std::uint32_t number) {
  const auto suffix = static_cast<std::uint32_t>(mixed(stream.handle.id << kShardBits | number));
  return fmt::format("shardId-{:020}-{:08x}", base::unix_millis(stream.created), suffix);
}

}  // namespace millrace::stream
