// Whose request is this? Two answers, chosen by --auth: take the word of whoever names credentials (for loopback), or verify the
// signature against access keys. Both demand that credentials are named, as AWS does.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "wire/principal.h"

namespace millrace::server {

struct AccessKeySecret {
  std::string secret;
  std::string session_token;  // empty: a long-term key; else the request must carry exactly this
  std::string principal_arn;
  std::optional<base::WallTime> expires;
};

// From memory; any thread; nullopt when there is no such key.
using FindAccessKey = std::function<std::optional<AccessKeySecret>(std::string_view access_key_id)>;

struct AuthenticatorParts {
  const base::Clock& clock;
  FindAccessKey find_key;
  std::string account;
  std::string default_region;
};

std::unique_ptr<wire::Authenticator> make_trusting_authenticator(AuthenticatorParts parts);
std::unique_ptr<wire::Authenticator> make_verifying_authenticator(AuthenticatorParts parts);

}  // namespace millrace::server
