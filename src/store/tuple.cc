#include "store/tuple.h"

namespace millrace::store {

namespace {
constexpr char kEscape = '\x00';
constexpr char kEscapedZero = '\xff';
constexpr char kTerminator = '\x01';
}  // namespace

void append_bytes(std::string& key, std::string_view bytes) {
  key.reserve(key.size() + bytes.size() + 2);
  for (;;) {
    const auto zero = bytes.find(kEscape);
    key.append(bytes.substr(0, zero));
    if (zero == std::string_view::npos) break;
    key.push_back(kEscape);
    key.push_back(kEscapedZero);
    bytes.remove_prefix(zero + 1);
  }
  key.push_back(kEscape);
  key.push_back(kTerminator);
}

void append_u64(std::string& key, std::uint64_t value) {
  char out[8];
  for (int i = 7; i >= 0; --i) {
    out[i] = static_cast<char>(value & 0xff);
    value >>= 8;
  }
  key.append(out, sizeof out);
}

std::optional<std::string> take_bytes(std::string_view& key) {
  std::string out;
  std::string_view rest = key;
  for (;;) {
    const auto zero = rest.find(kEscape);
    if (zero == std::string_view::npos || zero + 1 >= rest.size()) return std::nullopt;
    out.append(rest.substr(0, zero));
    const char mark = rest[zero + 1];
    rest.remove_prefix(zero + 2);
    if (mark == kTerminator) break;
    if (mark != kEscapedZero) return std::nullopt;
    out.push_back(kEscape);
  }
  key = rest;
  return out;
}

std::optional<std::uint64_t> take_u64(std::string_view& key) {
  if (key.size() < 8) return std::nullopt;
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i)
    value = value << 8 | static_cast<std::uint8_t>(key[static_cast<std::size_t>(i)]);
  key.remove_prefix(8);
  return value;
}

}  // namespace millrace::store
