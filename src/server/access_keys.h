// The access keys of this server: long-term ones in the store (the first made at first start), temporary ones of function roles in
// memory, as long-lived as the server that runs the functions. find() and session_for() may be called from any thread and never
// wait. Secrets are never logged; the first key is shown once, by main.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "engines/catalog/catalog.h"
#include "runtime/runtime.h"
#include "server/authenticator.h"

namespace millrace::server {

struct FirstKey {
  std::string access_key_id;
  std::string secret;
};

class AccessKeys {
 public:
  AccessKeys(catalog::Catalog& catalog, base::Random& random, const base::Clock& clock, std::string account);

  // Reads the keys of the store. When it holds none and `make_first`, makes one and returns it.
  base::Task<base::Result<std::optional<FirstKey>, catalog::CatalogError>> load(bool make_first);

  std::optional<AccessKeySecret> find(std::string_view access_key_id) const;
  // Temporary credentials of a role; the same ones until half their life is over.
  runtime::Credentials session_for(const std::string& role_arn, const std::string& session_name);

 private:
  struct Session {
    runtime::Credentials credentials;
    base::WallTime renew_after;
  };

  catalog::Catalog& catalog_;
  base::Random& random_;
  const base::Clock& clock_;
  const std::string account_;
  mutable std::mutex mutex_;  // held for a look-up or an insertion
  std::map<std::string, AccessKeySecret, std::less<>> keys_;
  std::map<std::string, Session, std::less<>> sessions_;  // by role and session name
};

}  // namespace millrace::server
