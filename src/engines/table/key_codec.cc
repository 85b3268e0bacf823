#include "engines/table/key_codec.h"

#include "base/encoding.h"
#include "engines/table/number.h"
#include "store/tuple.h"

namespace millrace::table {
namespace {

// AWS salts its hash with this word; with the same salt, digest and number bytes, Scan gives items in AWS's
// order.
constexpr std::string_view kHashSalt = "Outliers";
constexpr int kBucketBits = 12;
constexpr std::uint32_t kHashBuckets = 1u << kBucketBits;

}  // namespace

std::string_view key_type_name(KeyType type) {
  switch (type) {
    case KeyType::kString:
      return "S";
    case KeyType::kNumber:
      return "N";
    case KeyType::kBinary:
      return "B";
  }
  return {};
}

std::optional<KeyType> parse_key_type(std::string_view name) {
  if (name == "S") return KeyType::kString;
  if (name == "N") return KeyType::kNumber;
  if (name == "B") return KeyType::kBinary;
  return std::nullopt;
}

std::optional<KeyType> key_type_of(const Value& value) {
  if (std::holds_alternative<String>(value.data)) return KeyType::kString;
  if (std::holds_alternative<Number>(value.data)) return KeyType::kNumber;
  if (std::holds_alternative<Binary>(value.data)) return KeyType::kBinary;
  return std::nullopt;
}

std::string key_bytes(const Value& value) {
  if (auto* s = std::get_if<String>(&value.data)) return s->text;
  if (auto* b = std::get_if<Binary>(&value.data)) return b->bytes;
  std::string out;
  append_sortable(out, from_normal_text(std::get<Number>(value.data).text));
  return out;
}

std::optional<Value> value_of_key_bytes(KeyType type, std::string_view bytes) {
  switch (type) {
    case KeyType::kString:
      return Value{String{std::string(bytes)}};
    case KeyType::kBinary:
      return Value{Binary{std::string(bytes)}};
    case KeyType::kNumber:
      if (auto number = from_sortable(bytes)) return Value{Number{to_text(*number)}};
      return std::nullopt;
  }
  return std::nullopt;
}

std::uint64_t partition_hash(std::string_view partition_key_bytes) {
  std::string salted;
  salted.reserve(kHashSalt.size() + partition_key_bytes.size());
  salted.append(kHashSalt).append(partition_key_bytes);
  std::string digest = base::md5(salted);
  std::uint64_t hash = 0;
  for (int i = 0; i < 8; ++i)
    hash = hash << 8 | static_cast<unsigned char>(digest[i]);
  return hash;
}

std::uint64_t partition_hash(const Value& partition_key) {
  return partition_hash(key_bytes(partition_key));
}

void append_partition(std::string& key, const Value& partition_key) {
  std::string bytes = key_bytes(partition_key);
  store::append_u64(key, partition_hash(bytes));
  store::append_bytes(key, bytes);
}

std::uint64_t partition_hash(std::span<const Value* const> partition_keys) {
  if (partition_keys.size() == 1) return partition_hash(*partition_keys.front());
  std::string all;
  for (const Value* one : partition_keys)
    store::append_bytes(all, key_bytes(*one));
  return partition_hash(all);
}

void append_partition(std::string& key, std::span<const Value* const> partition_keys) {
  if (partition_keys.size() == 1) return append_partition(key, *partition_keys.front());
  store::append_u64(key, partition_hash(partition_keys));
  for (const Value* one : partition_keys)
    store::append_bytes(key, key_bytes(*one));
}

void append_sort(std::string& key, const Value& sort_key) {
  store::append_bytes(key, key_bytes(sort_key));
}

HashRange segment_range(std::uint32_t segment, std::uint32_t total) {
  // AWS deals out 4096 buckets; more segments than that cut finer.
  __extension__ using Wide = unsigned __int128;
  const int bits = total <= kHashBuckets ? kBucketBits : 64;
  auto start = [&](std::uint64_t n) {
    Wide bucket = ((Wide{1} << bits) * n + total - 1) / total;
    return static_cast<std::uint64_t>(bucket << (64 - bits));
  };
  return {start(segment), segment + 1 == total ? ~std::uint64_t{0} : start(segment + 1) - 1};
}

}  // namespace millrace::table
