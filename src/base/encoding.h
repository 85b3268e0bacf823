// Text forms of bytes, and checksums. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::base {

std::string base64_encode(std::string_view bytes);  // RFC 4648 section 4, padded
void append_base64(std::string& out, std::string_view bytes);
// Strict: standard alphabet, padding required, no white space, no stray bits; nullopt otherwise.
std::optional<std::string> base64_decode(std::string_view text);

std::string hex_encode(std::string_view bytes);  // lower case
std::optional<std::string> hex_decode(std::string_view text);

// RFC 3986 percent-encoding with the unreserved set kept, as SigV4 asks; '/' kept when keep_slash.
std::string uri_encode(std::string_view text, bool keep_slash = false);
// nullopt for a malformed escape. '+' stays '+' unless plus_is_space.
std::optional<std::string> uri_decode(std::string_view text, bool plus_is_space = false);

std::uint32_t crc32(std::string_view bytes, std::uint32_t seed = 0);  // IEEE, as zlib
std::string sha256(std::string_view bytes);                           // 32 raw bytes
std::string md5(std::string_view bytes);  // 16 raw bytes; for AWS's checksums, never for trust

bool is_valid_utf8(std::string_view text);

}  // namespace millrace::base
