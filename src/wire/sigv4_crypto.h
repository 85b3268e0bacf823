// SHA-256 and HMAC-SHA-256 for SigV4 at the cost of the rounds alone: keyed states are copied instead of keyed anew, and
// the rounds are called directly. They are the assembler that EVP ends in as well; EVP's fetching, copying and clearing of contexts
// was a quarter of a signature's instructions. Internal to sigv4.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <openssl/sha.h>

namespace millrace::wire::sigv4 {

using Digest = std::array<unsigned char, 32>;

inline std::string_view as_text(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Digest sha256(std::string_view bytes);
void append_hex(std::string& out, const Digest& digest);

// HMAC-SHA-256 under one key, ready to be used any number of times. Any thread.
class HmacKey {
 public:
  explicit HmacKey(std::string_view key);
  Digest mac(std::string_view message) const;

 private:
  SHA256_CTX inner_;
  SHA256_CTX outer_;
};

// The four-step derivation of the signing key. Cached per thread; the reference is valid until the thread's
// next call.
struct KeyScope {
  std::string_view access_key_id;
  std::string_view secret;
  std::string_view date;
  std::string_view region;
  std::string_view service;
};
const HmacKey& signing_key(const KeyScope& scope);

}  // namespace millrace::wire::sigv4
