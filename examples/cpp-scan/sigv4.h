// Signature Version 4 of a POST to "/". https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
#pragma once

#include <string>

namespace cpp_scan {

struct SigningInput {
  std::string host;
  std::string region;
  std::string service;
  std::string target;  // X-Amz-Target
  std::string body;
  std::string time;  // 20261121T010203Z
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // may be empty
};

// The value of the Authorization header; the headers content-type, host, x-amz-date, x-amz-security-token (when there is one) and
// x-amz-target are signed and must be sent.
std::string authorization(const SigningInput& input);

}  // namespace cpp_scan
