// Who sends a request, and the door through which dispatch asks.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"
#include "wire/error.h"

namespace millrace::wire {

struct Principal {
  std::string access_key_id;
  std::string account = "000000000000";
  std::string arn;  // "arn:aws:iam::000000000000:root", ".../user/x", an assumed role, or the function's role
  std::string region;     // from the credential scope, else the server's default
  std::string service;    // signing name from the credential scope
  bool verified = false;  // the signature was checked, not only present
};

struct AuthRequest {
  const net::RequestHead& head;
  std::string_view body;          // whole, raw
  std::string_view signing_name;  // what the service expects in the credential scope: "dynamodb"
};

// Threads: called from every io_context thread at once. Does not wait: keys it needs are in memory.
// Errors carry AWS's code, status and text: MissingAuthenticationToken, IncompleteSignature,
// InvalidSignatureException, UnrecognizedClientException, ExpiredToken...
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  virtual base::Result<Principal, ServiceError> authenticate(const AuthRequest& request) const = 0;
};

}  // namespace millrace::wire
