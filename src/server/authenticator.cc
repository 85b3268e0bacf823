#include "server/authenticator.h"

#include <openssl/crypto.h>

#include "wire/sigv4.h"

namespace millrace::server {
namespace {

// The JSON services answer 400; the REST ones 403.
wire::ServiceError to_service_error(const wire::SignatureError& error, std::string_view signing_name) {
  wire::ServiceError out;
  out.code = wire::signature_error_code(error.kind);
  out.message = error.message;
  out.status = signing_name == "lambda" ? 403 : 400;
  out.space = wire::ErrorSpace::kCoral;
  return out;
}

wire::Principal principal_of(const AuthenticatorParts& parts, std::string key_id, std::string region,
                             std::string service) {
  wire::Principal principal;
  principal.access_key_id = std::move(key_id);
  principal.account = parts.account;
  principal.region = region.empty() ? parts.default_region : std::move(region);
  principal.service = std::move(service);
  principal.arn = "arn:aws:iam::" + parts.account + ":root";
  return principal;
}

class TrustingAuthenticator final : public wire::Authenticator {
 public:
  explicit TrustingAuthenticator(AuthenticatorParts parts) : parts_(std::move(parts)) {}

  base::Result<wire::Principal, wire::ServiceError> authenticate(
      const wire::AuthRequest& request) const override {
    auto scope = wire::peek_scope(request.head);
    if (!scope) {
      // No credentials at all, or ones that cannot be read: say which, in AWS's words.
      const auto claim = wire::parse_signature(request.head);
      return base::fail(
          to_service_error(claim ? wire::missing_signature() : claim.error(), request.signing_name));
    }
    wire::Principal principal = principal_of(parts_, std::move(scope->access_key_id),
                                             std::move(scope->region), std::move(scope->service));
    // A function's own calls go by its role; anybody else's made-up key is the root's.
    if (principal.access_key_id.starts_with("ASIA")) {
      if (const auto key = parts_.keys.find(principal.access_key_id)) principal.arn = key->principal_arn;
    }
    return principal;
  }

 private:
  AuthenticatorParts parts_;
};

class VerifyingAuthenticator final : public wire::Authenticator {
 public:
  explicit VerifyingAuthenticator(AuthenticatorParts parts) : parts_(std::move(parts)) {}

  base::Result<wire::Principal, wire::ServiceError> authenticate(
      const wire::AuthRequest& request) const override {
    const base::WallTime now = parts_.clock.now();
    auto claim = wire::parse_signature(request.head);
    if (!claim) return base::fail(to_service_error(claim.error(), request.signing_name));
    const auto key = parts_.keys.find(claim->access_key_id);
    if (!key || !same_secret(key->session_token, claim->session_token)) {
      return base::fail(to_service_error(wire::unrecognized_client(), request.signing_name));
    }
    wire::VerifyOptions options;
    options.expected_service = request.signing_name;
    const auto verified =
        wire::verify_signature(request.head, *claim, request.body, key->secret, now, options);
    if (!verified) return base::fail(to_service_error(verified.error(), request.signing_name));
    wire::Principal principal = principal_of(parts_, std::move(claim->access_key_id),
                                             std::move(claim->region), std::move(claim->service));
    if (!key->principal_arn.empty()) principal.arn = key->principal_arn;
    principal.verified = true;
    return principal;
  }

 private:
  static bool same_secret(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
  }

  AuthenticatorParts parts_;
};

}  // namespace

std::unique_ptr<wire::Authenticator> make_trusting_authenticator(AuthenticatorParts parts) {
  return std::make_unique<TrustingAuthenticator>(std::move(parts));
}

std::unique_ptr<wire::Authenticator> make_verifying_authenticator(AuthenticatorParts parts) {
  return std::make_unique<VerifyingAuthenticator>(std::move(parts));
}

}  // namespace millrace::server
