// The two ways to answer "who is this?": believe any credentials (a developer's machine), or verify them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "wire/principal.h"

namespace millrace::wire {

struct AccessKey {
  std::string secret;
  std::string session_token;  // of temporary credentials; empty: none
  base::WallTime expires = base::WallTime::max();
  std::string account;
  std::string arn;
};

// Where access keys are known. Threads: any; does not wait.
class KeySource {
 public:
  virtual ~KeySource() = default;
  virtual std::optional<AccessKey> find_key(std::string_view access_key_id) const = 0;
};

struct AuthDefaults {
  std::string region = "us-east-1";
  std::string account = "000000000000";
};

// Any key id and any signature will do, but there must be one: a client that forgot its credentials learns it here and not in the
// cloud. Keys that `keys` knows (functions' roles) keep their identity; `keys` may be null, and must outlive the result.
std::unique_ptr<Authenticator> make_open_authenticator(AuthDefaults defaults, const KeySource* keys);

// Signature, scope, dates and session token are checked. All arguments must outlive the result.
std::unique_ptr<Authenticator> make_enforcing_authenticator(AuthDefaults defaults, const KeySource& keys,
                                                            const base::Clock& clock);

}  // namespace millrace::wire
