#include "server/access_keys.h"

namespace millrace::server {
namespace {

constexpr std::string_view kKind = "iam.access-key";
constexpr std::string_view kIdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kSecretAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::chrono::hours kSessionLife{12};

// "arn:aws:iam::1:role/path/name" -> "arn:aws:sts::1:assumed-role/name/session"
std::string assumed_role_arn(std::string_view role_arn, std::string_view account,
                             std::string_view session_name) {
  const std::string_view name = role_arn.substr(role_arn.rfind('/') + 1);
  return "arn:aws:sts::" + std::string(account) + ":assumed-role/" + std::string(name) + "/" +
         std::string(session_name);
}

}  // namespace

AccessKeys::AccessKeys(catalog::Catalog& catalog, base::Random& random, const base::Clock& clock,
                       std::string account)
    : catalog_(catalog), random_(random), clock_(clock), account_(std::move(account)) {}

base::Task<base::Result<std::optional<FirstKey>, catalog::CatalogError>> AccessKeys::load(bool make_first) {
  catalog::ListRequest request;
  request.kind = kKind;
  request.account = account_;
  auto page = co_await catalog_.list(request);
  if (!page) co_return base::fail(page.error());
  const std::string root = "arn:aws:iam::" + account_ + ":root";
  {
    std::lock_guard lock(mutex_);
    for (const catalog::Resource& key : page->resources)
      keys_[key.key.name] = {key.document, "", root, std::nullopt};
  }
  if (!page->resources.empty() || !make_first) co_return std::nullopt;

  FirstKey first{"AKIA" + base::random_text(random_, 16, kIdAlphabet),
                 base::random_text(random_, 40, kSecretAlphabet)};
  catalog::ResourceKey key{std::string(kKind), account_, "", first.access_key_id};
  auto written = co_await catalog_.put(std::move(key), first.secret, catalog::Expect::absent());
  if (!written) co_return base::fail(written.error());
  std::lock_guard lock(mutex_);
  keys_[first.access_key_id] = {first.secret, "", root, std::nullopt};
  co_return first;
}

std::optional<AccessKeySecret> AccessKeys::find(std::string_view access_key_id) const {
  std::lock_guard lock(mutex_);
  const auto found = keys_.find(access_key_id);
  if (found == keys_.end()) return std::nullopt;
  return found->second;
}

runtime::Credentials AccessKeys::session_for(const std::string& role_arn, const std::string& session_name) {
  const base::WallTime now = clock_.now();
  std::lock_guard lock(mutex_);
  Session& session = sessions_[role_arn + " " + session_name];
  if (!session.credentials.access_key_id.empty() && now < session.renew_after) return session.credentials;
  session.credentials = {"ASIA" + base::random_text(random_, 16, kIdAlphabet),
                         base::random_text(random_, 40, kSecretAlphabet),
                         base::random_text(random_, 128, kSecretAlphabet)};
  session.renew_after = now + kSessionLife / 2;
  std::erase_if(keys_,
                [&](const auto& entry) { return entry.second.expires && *entry.second.expires <= now; });
  keys_[session.credentials.access_key_id] = {
      session.credentials.secret_access_key, session.credentials.session_token,
      assumed_role_arn(role_arn, account_, session_name), now + kSessionLife};
  return session.credentials;
}

}  // namespace millrace::server
