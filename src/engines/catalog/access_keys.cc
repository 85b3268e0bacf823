#include "engines/catalog/access_keys.h"

#include <mutex>

#include <fmt/format.h>

#include "base/encoding.h"
#include "store/tuple.h"

namespace millrace::catalog {
namespace {

constexpr std::string_view kKeyAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kSecretAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kKeyKind = "iam.access-key";

ResourceKey key_of(std::string_view id) {
  return {std::string(kKeyKind), "", "", std::string(id)};
}

std::string encode(const AccessKey& key) {
  std::string out;
  store::append_bytes(out, key.secret);
  store::append_bytes(out, key.principal_arn);
  return out;
}

std::optional<AccessKey> decode(const Resource& resource) {
  std::string_view bytes = resource.document;
  std::optional<std::string> secret = store::take_bytes(bytes);
  std::optional<std::string> arn = secret ? store::take_bytes(bytes) : std::nullopt;
  if (!arn) return std::nullopt;
  return AccessKey{resource.key.name, std::move(*secret), "", std::move(*arn)};
}

// `count` characters of `alphabet` (a power of two long) from pseudo-random bytes.
std::string letters(std::string_view bytes, std::size_t count, std::string_view alphabet) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back(alphabet[static_cast<unsigned char>(bytes[i]) % alphabet.size()]);
  }
  return out;
}

}  // namespace

base::Task<base::Result<std::unique_ptr<AccessKeys>, CatalogError>> AccessKeys::open(Catalog& catalog,
                                                                                     base::Random& random,
                                                                                     std::string account) {
  std::unique_ptr<AccessKeys> keys(new AccessKeys(catalog, random, std::move(account)));
  auto secret = co_await keys->load_secret();
  if (!secret) co_return base::fail(secret.error());
  auto loaded = co_await keys->load_keys();
  if (!loaded) co_return base::fail(loaded.error());
  if (keys->keys_.empty()) {
    auto first = co_await keys->create("arn:aws:iam::" + keys->account_ + ":root");
    if (!first) co_return base::fail(first.error());
    keys->first_key_ = std::move(*first);
  }
  co_return std::move(keys);
}

base::Task<base::Result<void, CatalogError>> AccessKeys::load_secret() {
  ResourceKey key{"iam.session-secret", "", "", "current"};
  std::string fresh(32, '\0');
  random_.fill({reinterpret_cast<std::uint8_t*>(fresh.data()), fresh.size()});
  auto made = co_await catalog_.put(key, fresh, Expect::absent());
  if (!made && made.error() != CatalogError::kExists) co_return base::fail(made.error());
  auto stored = co_await catalog_.get(key);
  if (!stored) co_return base::fail(stored.error());
  if (!*stored) co_return base::fail(CatalogError::kStore);
  session_secret_ = (*stored)->document;
  co_return base::Result<void, CatalogError>();
}

base::Task<base::Result<void, CatalogError>> AccessKeys::load_keys() {
  ListRequest request;
  request.kind = kKeyKind;
  while (true) {
    auto page = co_await catalog_.list(request);
    if (!page) co_return base::fail(page.error());
    for (const Resource& resource : page->resources) {
      std::optional<AccessKey> key = decode(resource);
      if (!key) co_return base::fail(CatalogError::kStore);
      remember(std::move(*key));
      request.after = resource.key.name;
    }
    if (!page->more) co_return base::Result<void, CatalogError>();
  }
}

void AccessKeys::remember(AccessKey key) {
  std::unique_lock lock(mutex_);
  std::string id = key.id;
  keys_.insert_or_assign(std::move(id), std::move(key));
}

std::optional<AccessKey> AccessKeys::find(std::string_view id) const {
  std::shared_lock lock(mutex_);
  auto found = keys_.find(id);
  if (found == keys_.end()) return std::nullopt;
  return found->second;
}

base::Task<base::Result<AccessKey, CatalogError>> AccessKeys::create(std::string principal_arn) {
  AccessKey key;
  key.id = "AKIA" + base::random_text(random_, 16, kKeyAlphabet);
  key.secret = base::random_text(random_, 40, kSecretAlphabet);
  key.principal_arn = std::move(principal_arn);
  auto stored = co_await catalog_.put(key_of(key.id), encode(key), Expect::absent());
  if (!stored) co_return base::fail(stored.error());
  remember(key);
  co_return key;
}

base::Task<base::Result<void, CatalogError>> AccessKeys::remove(std::string id) {
  auto erased = co_await catalog_.erase(key_of(id));
  if (!erased) co_return base::fail(erased.error());
  std::unique_lock lock(mutex_);
  keys_.erase(id);
  co_return base::Result<void, CatalogError>();
}

AccessKey AccessKeys::session_for(std::string_view role_arn, std::string_view session_name) {
  const std::string subject = fmt::format("{}\n{}", role_arn, session_name);
  AccessKey key;
  key.id = "ASIA" + letters(hmac_sha256(session_secret_, "id\n" + subject), 16, kKeyAlphabet);
  const std::string secret = hmac_sha256(session_secret_, "secret\n" + subject);
  key.secret = letters(secret + hmac_sha256(session_secret_, "secret 2\n" + subject), 40, kSecretAlphabet);
  key.session_token = base::base64_encode(hmac_sha256(session_secret_, "token\n" + subject) + subject);
  key.principal_arn = assumed_role_arn(role_arn, session_name);
  remember(key);
  return key;
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
  std::string block = key.size() > 64 ? base::sha256(key) : std::string(key);
  block.resize(64, '\0');
  std::string inner(64, '\0');
  std::string outer(64, '\0');
  for (std::size_t i = 0; i < 64; ++i) {
    inner[i] = static_cast<char>(block[i] ^ 0x36);
    outer[i] = static_cast<char>(block[i] ^ 0x5c);
  }
  return base::sha256(outer + base::sha256(inner.append(message)));
}

std::string assumed_role_arn(std::string_view role_arn, std::string_view session_name) {
  const std::size_t role = role_arn.find(":role/");
  const std::size_t account = role_arn.find("::");
  if (role == std::string_view::npos || account == std::string_view::npos || account + 2 > role) {
    return fmt::format("{}/{}", role_arn, session_name);
  }
  const std::string_view name = role_arn.substr(role_arn.rfind('/') + 1);
  return fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", role_arn.substr(account + 2, role - account - 2),
                     name, session_name);
}

}  // namespace millrace::catalog
