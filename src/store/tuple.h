// Order-preserving encoding of tuples: the byte order of the encoded key is the logical order of the tuple
// (docs/formats/keys.md). Elements: bytes (escaped and terminated, so that no element is a prefix of
// another), and unsigned 64-bit integers (big endian). Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::store {

// Appends to a key. 0x00 in bytes becomes 0x00 0xFF; the terminator is 0x00 0x01.
void append_bytes(std::string& key, std::string_view bytes);
void append_u64(std::string& key, std::uint64_t value);
inline void append_tag(std::string& key, char tag) {
  key.push_back(tag);
}

// Take from the front of `key`, advancing it; nullopt when it does not decode.
std::optional<std::string> take_bytes(std::string_view& key);
std::optional<std::uint64_t> take_u64(std::string_view& key);

}  // namespace millrace::store
