// Keys of items as bytes in the order in which DynamoDB sorts them (docs/formats/item.md). Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engines/table/value.h"

namespace millrace::table {

enum class KeyType : std::uint8_t { kString, kNumber, kBinary };

struct KeyAttribute {
  std::string name;
  KeyType type = KeyType::kString;
};
// A key of a global secondary index has up to this many partition and as many sort attributes.
inline constexpr std::size_t kMaxKeyAttributes = 4;

std::string_view key_type_name(KeyType type);  // "S", "N", "B"
std::optional<KeyType> parse_key_type(std::string_view name);
// nullopt for a value that can not be a key.
std::optional<KeyType> key_type_of(const Value& value);

// The value's sort bytes: a string's UTF-8, a binary's bytes, a number's sortable form (number.h). memcmp
// order of two keys of one type is DynamoDB's order. Not self-delimiting: escape with store::append_bytes
// inside a composite key. `value` must be a string, number or binary.
std::string key_bytes(const Value& value);
// The same back to a value; nullopt when the bytes are no key of that type.
std::optional<Value> value_of_key_bytes(KeyType type, std::string_view bytes);

// Where the partition key stands in scan order, and which segment and stream shard it belongs to. AWS scans
// in the order of a hash of the partition key; equal keys have equal hashes, whatever the text of a number.
std::uint64_t partition_hash(const Value& partition_key);
std::uint64_t partition_hash(std::string_view partition_key_bytes);

// One element each of a composite store key: the hash (8 bytes, big endian) followed by the escaped partition
// key, ...
void append_partition(std::string& key, const Value& partition_key);
// A partition key of several attributes: the hash of all escaped keys, followed by them. Of one: as above.
void append_partition(std::string& key, std::span<const Value* const> partition_keys);
std::uint64_t partition_hash(std::span<const Value* const> partition_keys);
// ... the escaped sort key.
void append_sort(std::string& key, const Value& sort_key);

// The hash range [first, last] that segment `segment` of `total` scans; both inclusive. total >= 1, segment <
// total.
struct HashRange {
  std::uint64_t first;
  std::uint64_t last;
};
HashRange segment_range(std::uint32_t segment, std::uint32_t total);

}  // namespace millrace::table
