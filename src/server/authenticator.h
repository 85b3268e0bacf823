// Whose request is this? Two answers, chosen by --auth: take the word of whoever names credentials (for loopback), or verify the
// signature against access keys. Both demand that credentials are named, as AWS does.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "engines/catalog/access_keys.h"
#include "wire/principal.h"

namespace millrace::server {

struct AuthenticatorParts {
  const base::Clock& clock;
  const catalog::AccessKeys& keys;
  std::string account;
  std::string default_region;
};

std::unique_ptr<wire::Authenticator> make_trusting_authenticator(AuthenticatorParts parts);
std::unique_ptr<wire::Authenticator> make_verifying_authenticator(AuthenticatorParts parts);

}  // namespace millrace::server
