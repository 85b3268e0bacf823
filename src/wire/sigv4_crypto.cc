// OpenSSL 3 would rather have EVP; see the header for why not here.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "wire/sigv4_crypto.h"

#include <tuple>
#include <unordered_map>

namespace millrace::wire::sigv4 {
namespace {

constexpr std::size_t kBlock = 64;         // of SHA-256
constexpr std::size_t kCachedKeys = 1024;  // per thread; one per (key id, day, region, service)

Digest finish(SHA256_CTX& state) {
  Digest digest;
  SHA256_Final(digest.data(), &state);
  return digest;
}

SHA256_CTX keyed_state(const std::array<unsigned char, kBlock>& block, unsigned char pad) {
  std::array<unsigned char, kBlock> padded;
  for (std::size_t i = 0; i < kBlock; ++i)
    padded[i] = block[i] ^ pad;
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, padded.data(), padded.size());
  return state;
}

}  // namespace

Digest sha256(std::string_view bytes) {
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, bytes.data(), bytes.size());
  return finish(state);
}

void append_hex(std::string& out, const Digest& digest) {
  static constexpr auto kPairs = [] {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<std::array<char, 2>, 256> pairs{};
    for (std::size_t i = 0; i < pairs.size(); ++i)
      pairs[i] = {digits[i >> 4], digits[i & 15]};
    return pairs;
  }();
  std::array<std::array<char, 2>, std::tuple_size_v<Digest>> text;
  for (std::size_t i = 0; i < digest.size(); ++i)
    text[i] = kPairs[digest[i]];
  out.append(text.front().data(), 2 * text.size());
}

// RFC 2104.
HmacKey::HmacKey(std::string_view key) {
  std::array<unsigned char, kBlock> block{};
  if (key.size() > kBlock) {
    const Digest digest = sha256(key);
    std::copy(digest.begin(), digest.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  inner_ = keyed_state(block, 0x36);
  outer_ = keyed_state(block, 0x5c);
}

Digest HmacKey::mac(std::string_view message) const {
  SHA256_CTX state = inner_;
  SHA256_Update(&state, message.data(), message.size());
  const Digest inner = finish(state);
  state = outer_;
  SHA256_Update(&state, inner.data(), inner.size());
  return finish(state);
}

const HmacKey& signing_key(const KeyScope& scope) {
  thread_local std::unordered_map<std::string, HmacKey> cache;
  thread_local std::string id;
  id.clear();
  // The secret is part of the identity: a key id may get another one.
  for (std::string_view part : {scope.access_key_id, scope.date, scope.region, scope.service, scope.secret}) {
    id.append(part).push_back('\0');
  }
  if (auto found = cache.find(id); found != cache.end()) return found->second;
  if (cache.size() >= kCachedKeys) cache.clear();
  const Digest date = HmacKey("AWS4" + std::string(scope.secret)).mac(scope.date);
  const Digest region = HmacKey(as_text(date)).mac(scope.region);
  const Digest service = HmacKey(as_text(region)).mac(scope.service);
  const Digest key = HmacKey(as_text(service)).mac("aws4_request");
  return cache.emplace(id, HmacKey(as_text(key))).first->second;
}

}  // namespace millrace::wire::sigv4
