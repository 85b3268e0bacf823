#include "sigv4.h"

#include <array>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace cpp_scan {
namespace {

using Digest = std::array<unsigned char, 32>;

std::string hex(const Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string sha256_hex(std::string_view text) {
  Digest digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return hex(digest);
}

Digest hmac(std::string_view key, std::string_view text) {
  Digest digest{};
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), nullptr);
  return digest;
}

std::string_view bytes(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::string authorization(const SigningInput& input) {
  std::string names = "content-type;host;x-amz-date;";
  std::string headers =
      "content-type:application/x-amz-json-1.0\nhost:" + input.host + "\nx-amz-date:" + input.time + "\n";
  if (!input.session_token.empty()) {
    names += "x-amz-security-token;";
    headers += "x-amz-security-token:" + input.session_token + "\n";
  }
  names += "x-amz-target";
  headers += "x-amz-target:" + input.target + "\n";
  const std::string canonical = "POST\n/\n\n" + headers + "\n" + names + "\n" + sha256_hex(input.body);
  const std::string day = input.time.substr(0, 8);
  const std::string scope = day + "/" + input.region + "/" + input.service + "/aws4_request";
  const std::string to_sign = "AWS4-HMAC-SHA256\n" + input.time + "\n" + scope + "\n" + sha256_hex(canonical);
  Digest key = hmac("AWS4" + input.secret_access_key, day);
  for (const std::string& part : {input.region, input.service, std::string("aws4_request")})
    key = hmac(bytes(key), part);
  return "AWS4-HMAC-SHA256 Credential=" + input.access_key_id + "/" + scope + ", SignedHeaders=" + names +
         ", Signature=" + hex(hmac(bytes(key), to_sign));
}

}  // namespace cpp_scan
