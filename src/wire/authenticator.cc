#include "wire/authenticator.h"

#include <utility>

#include "wire/sigv4.h"

namespace millrace::wire {
namespace {

ServiceError to_error(const SignatureError& error) {
  ServiceError out;
  out.code = signature_error_code(error.kind);
  out.message = error.message;
  out.space = ErrorSpace::kCoral;
  // DynamoDB and its kin answer 400; REST services answer 403, which dispatch sees to.
  return out;
}

void take_identity(Principal& principal, AccessKey&& key) {
  if (!key.account.empty()) principal.account = std::move(key.account);
  if (!key.arn.empty()) principal.arn = std::move(key.arn);
}

class OpenAuthenticator final : public Authenticator {
 public:
  OpenAuthenticator(AuthDefaults defaults, const KeySource* keys)
      : defaults_(std::move(defaults)), keys_(keys) {
    root_arn_ = "arn:aws:iam::" + defaults_.account + ":root";
  }

  base::Result<Principal, ServiceError> authenticate(const AuthRequest& request) const override {
    auto scope = peek_scope(request.head);
    if (!scope) {
      // Nothing readable: tell what is wrong as AWS would.
      auto claim = parse_signature(request.head);
      return base::fail(to_error(claim ? missing_signature() : claim.error()));
    }
    Principal principal;
    principal.account = defaults_.account;
    principal.arn = root_arn_;
    principal.region = scope->region.empty() ? defaults_.region : std::move(scope->region);
    principal.service = std::move(scope->service);
    if (keys_ != nullptr) {
      if (auto key = keys_->find_key(scope->access_key_id)) take_identity(principal, std::move(*key));
    }
    principal.access_key_id = std::move(scope->access_key_id);
    return principal;
  }

 private:
  AuthDefaults defaults_;
  const KeySource* keys_;
  std::string root_arn_;
};

class EnforcingAuthenticator final : public Authenticator {
 public:
  EnforcingAuthenticator(AuthDefaults defaults, const KeySource& keys, const base::Clock& clock)
      : defaults_(std::move(defaults)), keys_(keys), clock_(clock) {}

  base::Result<Principal, ServiceError> authenticate(const AuthRequest& request) const override {
    auto claim = parse_signature(request.head);
    if (!claim) return base::fail(to_error(claim.error()));
    auto key = keys_.find_key(claim->access_key_id);
    if (!key) return base::fail(to_error(unrecognized_client()));
    const base::WallTime now = clock_.now();
    if (key->expires <= now) return base::fail(to_error(expired_token()));
    if (key->session_token != claim->session_token) return base::fail(to_error(unrecognized_client()));
    VerifyOptions options;
    options.expected_service = request.signing_name;
    auto verified = verify_signature(request.head, *claim, request.body, key->secret, now, options);
    if (!verified) return base::fail(to_error(verified.error()));
    Principal principal;
    principal.account = defaults_.account;
    take_identity(principal, std::move(*key));
    principal.access_key_id = std::move(claim->access_key_id);
    principal.region = claim->region.empty() ? defaults_.region : std::move(claim->region);
    principal.service = std::move(claim->service);
    principal.verified = true;
    return principal;
  }

 private:
  AuthDefaults defaults_;
  const KeySource& keys_;
  const base::Clock& clock_;
};

}  // namespace

std::unique_ptr<Authenticator> make_open_authenticator(AuthDefaults defaults, const KeySource* keys) {
  return std::make_unique<OpenAuthenticator>(std::move(defaults), keys);
}

std::unique_ptr<Authenticator> make_enforcing_authenticator(AuthDefaults defaults, const KeySource& keys,
                                                            const base::Clock& clock) {
  return std::make_unique<EnforcingAuthenticator>(std::move(defaults), keys, clock);
}

}  // namespace millrace::wire
