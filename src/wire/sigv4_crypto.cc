#include "wire/sigv4_crypto.h"

#include <stdexcept>
#include <unordered_map>

namespace millrace::wire::sigv4 {
namespace {

constexpr std::size_t kBlock = 64;         // of SHA-256
constexpr std::size_t kCachedKeys = 1024;  // per thread; one per (key id, day, region, service)

struct FreeDigest {
  void operator()(EVP_MD* md) const { EVP_MD_free(md); }
};

void check(int ok) {
  if (ok != 1) throw std::runtime_error("sha256: libcrypto refused");
}

Context make_context() {
  Context context{EVP_MD_CTX_new()};
  if (!context) throw std::bad_alloc();
  return context;
}

struct ThreadState {
  std::unique_ptr<EVP_MD, FreeDigest> md{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  Context scratch = make_context();
};

ThreadState& state() {
  thread_local ThreadState the;
  return the;
}

Digest finish(EVP_MD_CTX* context) {
  Digest digest;
  unsigned size = digest.size();
  check(EVP_DigestFinal_ex(context, digest.data(), &size));
  return digest;
}

Context keyed_state(const std::array<unsigned char, kBlock>& block, unsigned char pad) {
  std::array<unsigned char, kBlock> padded;
  for (std::size_t i = 0; i < kBlock; ++i)
    padded[i] = block[i] ^ pad;
  Context context = make_context();
  check(EVP_DigestInit_ex2(context.get(), state().md.get(), nullptr));
  check(EVP_DigestUpdate(context.get(), padded.data(), padded.size()));
  return context;
}

}  // namespace

Digest sha256(std::string_view bytes) {
  ThreadState& the = state();
  check(EVP_DigestInit_ex2(the.scratch.get(), the.md.get(), nullptr));
  check(EVP_DigestUpdate(the.scratch.get(), bytes.data(), bytes.size()));
  return finish(the.scratch.get());
}

void append_hex(std::string& out, const Digest& digest) {
  static constexpr char kHex[] = "0123456789abcdef";
  const std::size_t at = out.size();
  out.resize(at + 2 * digest.size());
  for (std::size_t i = 0; i < digest.size(); ++i) {
    out[at + 2 * i] = kHex[digest[i] >> 4];
    out[at + 2 * i + 1] = kHex[digest[i] & 15];
  }
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
  EVP_MD_CTX* scratch = state().scratch.get();
  check(EVP_MD_CTX_copy_ex(scratch, inner_.get()));
  check(EVP_DigestUpdate(scratch, message.data(), message.size()));
  const Digest inner = finish(scratch);
  check(EVP_MD_CTX_copy_ex(scratch, outer_.get()));
  check(EVP_DigestUpdate(scratch, inner.data(), inner.size()));
  return finish(scratch);
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
