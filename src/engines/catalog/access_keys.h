// Access keys: long-term ones, kept in the catalog, and the temporary ones that functions get for their roles, derived from
// one stored secret so that they need no record and are the same after a restart.
//
// All keys are in memory once opened: find() never waits. Threads: any. The Catalog must outlive it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "engines/catalog/catalog.h"

namespace millrace::catalog {

struct AccessKey {
  std::string id;             // "AKIA..." or "ASIA..."
  std::string secret;         // 40 characters
  std::string session_token;  // empty: long-term
  std::string principal_arn;  // "arn:aws:iam::000000000000:root" or an assumed role
};

class AccessKeys {
 public:
  // Reads all keys. When there is none yet, makes the first, owned by the account's root; first_key() tells it once.
  static base::Task<base::Result<std::unique_ptr<AccessKeys>, CatalogError>> open(Catalog& catalog,
                                                                                  base::Random& random,
                                                                                  std::string account);

  // The key made by this open(), to be shown to the person; nullopt when there was one already.
  const std::optional<AccessKey>& first_key() const { return first_key_; }

  std::optional<AccessKey> find(std::string_view id) const;

  // A further long-term key, durable before it is returned.
  base::Task<base::Result<AccessKey, CatalogError>> create(std::string principal_arn);
  base::Task<base::Result<void, CatalogError>> remove(std::string id);

  // Temporary credentials of `role_arn` for one session ("my-function"): the same for the same arguments, for ever.
  AccessKey session_for(std::string_view role_arn, std::string_view session_name);

 private:
  AccessKeys(Catalog& catalog, base::Random& random, std::string account)
      : catalog_(catalog), random_(random), account_(std::move(account)) {}
  base::Task<base::Result<void, CatalogError>> load_secret();
  base::Task<base::Result<void, CatalogError>> load_keys();
  void remember(AccessKey key);

  Catalog& catalog_;
  base::Random& random_;
  std::string account_;
  std::string session_secret_;  // constant after open()
  std::optional<AccessKey> first_key_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, AccessKey, std::less<>> keys_;  // guarded by mutex_
};

// RFC 2104 with SHA-256; 32 raw bytes.
std::string hmac_sha256(std::string_view key, std::string_view message);
// "arn:aws:iam::1:role/path/name" to "arn:aws:sts::1:assumed-role/name/session"; other texts get a session appended.
std::string assumed_role_arn(std::string_view role_arn, std::string_view session_name);

}  // namespace millrace::catalog
