// AWS Signature Version 4: what a request claims (parse), whether the claim holds (verify), and making one
// (sign). https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
//
// All functions are pure but for a per-thread cache of signing keys; any thread; nothing waits.
// Secrets, and signing keys derived from them, are never logged. Signatures are compared in constant time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"

namespace millrace::wire {

enum class SignatureErrorKind {
  kMissing,     // MissingAuthenticationTokenException: neither header nor query carries a signature
  kIncomplete,  // IncompleteSignatureException: it cannot be read
  kInvalid,     // InvalidSignatureException (SignatureDoesNotMatch in Query, REST-XML): expired, wrong scope,
                // mismatch
  kUnrecognized,  // UnrecognizedClientException (InvalidClientTokenId in Query): unknown key id or session
                  // token
  kExpiredToken,  // ExpiredTokenException: the temporary credentials have expired
};

struct SignatureError {
  SignatureErrorKind kind;
  std::string message;  // AWS's text
};

// The `__type` that JSON protocols answer with.
std::string_view signature_error_code(SignatureErrorKind kind);
// The texts for kMissing, kUnrecognized and kExpiredToken, for whoever looks the key up.
SignatureError missing_signature();
SignatureError unrecognized_client();
SignatureError expired_token();

// What a request says about its signer; nothing here is verified.
struct SignatureClaim {
  std::string access_key_id;
  std::string date;    // YYYYMMDD of the scope
  std::string region;  // of the scope
  std::string service;
  std::string timestamp;              // "20150830T123600Z", from X-Amz-Date (or Date)
  std::string signed_headers;         // "host;x-amz-date", as sent
  std::string signature;              // hex, as sent
  std::string session_token;          // empty: long-term credentials
  bool presigned = false;             // query-string authentication
  std::uint32_t expires_seconds = 0;  // X-Amz-Expires; presigned only
};

// Reads Authorization or the X-Amz-* query parameters, with AWS's complaints in AWS's order.
base::Result<SignatureClaim, SignatureError> parse_signature(const net::RequestHead& head);

// Only what routing needs (key id, region, service), forgiving of everything else: for servers that accept
// any credentials. nullopt when there is no credential scope at all.
struct CredentialScope {
  std::string access_key_id;
  std::string region;
  std::string service;
};
std::optional<CredentialScope> peek_scope(const net::RequestHead& head);

struct VerifyOptions {
  // The scope's service must equal this when not empty ("dynamodb", "lambda").
  std::string_view expected_service;
  // The body was not read (streamed upload): the hash in X-Amz-Content-SHA256 is taken at its word.
  bool body_unread = false;
};

// Checks dates (15 minutes of clock skew; X-Amz-Expires when presigned), scope, and the signature over the
// request as received. `secret` is the claimed key's secret. A named payload hash (UNSIGNED-PAYLOAD,
// STREAMING-*) is accepted as such; otherwise the body is hashed.
base::Result<void, SignatureError> verify_signature(const net::RequestHead& head, const SignatureClaim& claim,
                                                    std::string_view body, std::string_view secret,
                                                    base::WallTime now, const VerifyOptions& options = {});

// The two texts of the algorithm, as AWS prints them in its error; for tests and diagnostics.
struct CanonicalTexts {
  std::string canonical_request;
  std::string string_to_sign;
};
CanonicalTexts canonical_texts(const net::RequestHead& head, const SignatureClaim& claim,
                               std::string_view body);

struct SigningKey {
  std::string access_key_id;
  std::string secret;
  std::string session_token;  // empty: none
  std::string region;
  std::string service;
};

// What a client would send: signs every header of `head` and adds x-amz-date, x-amz-security-token (and
// x-amz-content-sha256 for s3). `head.target/path/query` as they will be sent. Returns the fields to add,
// Authorization last.
std::vector<std::pair<std::string, std::string>> sign_headers(const net::RequestHead& head,
                                                              std::string_view body, const SigningKey& key,
                                                              base::WallTime now);
// The query string (without '?') of a presigned request; signs the headers of `head`, which must hold Host.
std::string sign_query(const net::RequestHead& head, std::string_view body, const SigningKey& key,
                       base::WallTime now, std::uint32_t expires_seconds);

// "20150830T123600Z".
std::string amz_timestamp(base::WallTime time);
std::optional<base::WallTime> parse_amz_timestamp(std::string_view text);

}  // namespace millrace::wire
