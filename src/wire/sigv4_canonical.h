// The canonical request of SigV4. Internal to sigv4 and its vector test; pure.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request
#pragma once

#include <string>
#include <string_view>

#include "net/http.h"
#include "wire/sigv4.h"

namespace millrace::wire::sigv4 {

// How the path enters the signature. Every service but S3 encodes the path as sent once more, after removing
// dot segments and doubled slashes; some clients leave those in.
enum class PathStyle { kNormalized, kAsSent, kS3 };

// A presigned URL's session token may have been added after signing (some services' clients do).
enum class TokenInQuery { kSigned, kUnsigned };

struct CanonicalOptions {
  PathStyle path = PathStyle::kNormalized;
  TokenInQuery token = TokenInQuery::kSigned;
};

// The style that the claim's service prescribes.
PathStyle path_style_of(std::string_view service);
// Whether kAsSent could give another text than kNormalized.
bool path_is_normal(std::string_view path);

// Hex hash, or the name of an accepted substitute (UNSIGNED-PAYLOAD, STREAMING-...).
std::string payload_hash(const net::RequestHead& head, const SignatureClaim& claim, std::string_view body,
                         bool body_unread);

std::string canonical_request(const net::RequestHead& head, const SignatureClaim& claim,
                              std::string_view payload_hash, const CanonicalOptions& options);
std::string string_to_sign(const SignatureClaim& claim, std::string_view canonical_request);
// "date/region/service/aws4_request"
std::string scope_text(const SignatureClaim& claim);

}  // namespace millrace::wire::sigv4
