#include "wire/sigv4.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "base/encoding.h"
#include "wire/sigv4_canonical.h"
#include "wire/sigv4_crypto.h"

namespace millrace::wire {
namespace {

using namespace std::chrono_literals;
using Checked = base::Result<void, SignatureError>;
constexpr auto kSkew = 15min;

SignatureError invalid(std::string message) {
  return {SignatureErrorKind::kInvalid, std::move(message)};
}

Checked check_time(const SignatureClaim& claim, base::WallTime now) {
  const std::optional<base::WallTime> signed_at = parse_amz_timestamp(claim.timestamp);
  if (!signed_at) return base::fail(invalid("Date must be in ISO-8601 'basic format'."));
  if (*signed_at > now + kSkew) {
    return base::fail(
        invalid(fmt::format("Signature not yet current: {} is still later than {} ({} + 15 min.)",
                            claim.timestamp, amz_timestamp(now + kSkew), amz_timestamp(now))));
  }
  if (claim.presigned && claim.expires_seconds > 0) {
    const base::WallTime end = *signed_at + std::chrono::seconds(claim.expires_seconds);
    if (now <= end) return {};
    return base::fail(invalid(
        fmt::format("Signature expired: {} is now earlier than {}", amz_timestamp(end), amz_timestamp(now))));
  }
  if (*signed_at < now - kSkew) {
    return base::fail(invalid(fmt::format("Signature expired: {} is now earlier than {} ({} - 15 min.)",
                                          claim.timestamp, amz_timestamp(now - kSkew), amz_timestamp(now))));
  }
  return {};
}

bool signs_host(std::string_view signed_headers) {
  while (!signed_headers.empty()) {
    const std::size_t end = signed_headers.find(';');
    const std::string_view name = signed_headers.substr(0, end);
    if (net::equals_ignore_case(name, "host") || name == ":authority") return true;
    if (end == std::string_view::npos) break;
    signed_headers.remove_prefix(end + 1);
  }
  return false;
}

Checked check_scope(const SignatureClaim& claim, std::string_view expected_service) {
  std::string complaints;
  if (claim.region.empty()) complaints += "Credential should be scoped to a valid region. ";
  if (!expected_service.empty() && claim.service != expected_service) {
    complaints += fmt::format("Credential should be scoped to correct service: '{}'. ", expected_service);
  }
  if (claim.date != std::string_view(claim.timestamp).substr(0, 8)) {
    complaints += fmt::format(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        "'{}' != '{}', from '{}'.",
        claim.date, std::string_view(claim.timestamp).substr(0, 8), claim.timestamp);
  }
  if (!complaints.empty()) return base::fail(invalid(std::move(complaints)));
  return {};
}

bool matches(const SignatureClaim& claim, const sigv4::HmacKey& key, std::string_view canonical) {
  std::string expected;
  sigv4::append_hex(expected, key.mac(sigv4::string_to_sign(claim, canonical)));
  return claim.signature.size() == expected.size() &&
         CRYPTO_memcmp(claim.signature.data(), expected.data(), expected.size()) == 0;
}

// The prescribed form first; then what some clients do instead. Each is a complete signature over the same
// request, so accepting either weakens nothing.
bool any_form_matches(const net::RequestHead& head, const SignatureClaim& claim, std::string_view payload,
                      const sigv4::HmacKey& key) {
  sigv4::CanonicalOptions form{sigv4::path_style_of(claim.service), sigv4::TokenInQuery::kSigned};
  if (matches(claim, key, sigv4::canonical_request(head, claim, payload, form))) return true;
  const bool other_path = form.path == sigv4::PathStyle::kNormalized && !sigv4::path_is_normal(head.path);
  if (other_path) {
    const sigv4::CanonicalOptions as_sent{sigv4::PathStyle::kAsSent, form.token};
    if (matches(claim, key, sigv4::canonical_request(head, claim, payload, as_sent))) return true;
  }
  if (!claim.presigned || claim.session_token.empty()) return false;
  form.token = sigv4::TokenInQuery::kUnsigned;
  return matches(claim, key, sigv4::canonical_request(head, claim, payload, form));
}

bool is_signable(std::string_view lower_name) {
  // Proxies and clients change these on the way.
  static constexpr std::array<std::string_view, 7> kSkipped = {
      "authorization", "connection",      "expect", "transfer-encoding",
      "user-agent",    "x-amzn-trace-id", "upgrade"};
  return std::find(kSkipped.begin(), kSkipped.end(), lower_name) == kSkipped.end();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

std::string signed_header_names(const std::vector<net::HeaderView>& headers) {
  std::vector<std::string> names;
  for (const net::HeaderView& field : headers) {
    std::string name = lower(field.name);
    if (is_signable(name)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return fmt::format("{}", fmt::join(names, ";"));
}

SignatureClaim new_claim(const SigningKey& key, base::WallTime now) {
  SignatureClaim claim;
  claim.access_key_id = key.access_key_id;
  claim.timestamp = amz_timestamp(now);
  claim.date = claim.timestamp.substr(0, 8);
  claim.region = key.region;
  claim.service = key.service;
  claim.session_token = key.session_token;
  return claim;
}

std::string signature_of(const net::RequestHead& head, const SignatureClaim& claim, std::string_view body,
                         std::string_view secret) {
  const std::string payload = sigv4::payload_hash(head, claim, body, false);
  const std::string canonical = sigv4::canonical_request(
      head, claim, payload, {sigv4::path_style_of(claim.service), sigv4::TokenInQuery::kSigned});
  std::string out;
  const sigv4::HmacKey& key =
      sigv4::signing_key({claim.access_key_id, secret, claim.date, claim.region, claim.service});
  sigv4::append_hex(out, key.mac(sigv4::string_to_sign(claim, canonical)));
  return out;
}

}  // namespace

std::string_view signature_error_code(SignatureErrorKind kind) {
  switch (kind) {
    case SignatureErrorKind::kMissing:
      return "MissingAuthenticationTokenException";
    case SignatureErrorKind::kIncomplete:
      return "IncompleteSignatureException";
    case SignatureErrorKind::kInvalid:
      return "InvalidSignatureException";
    case SignatureErrorKind::kUnrecognized:
      return "UnrecognizedClientException";
    case SignatureErrorKind::kExpiredToken:
      return "ExpiredTokenException";
  }
  return "InvalidSignatureException";
}

SignatureError missing_signature() {
  return {SignatureErrorKind::kMissing, "Request is missing Authentication Token"};
}
SignatureError unrecognized_client() {
  return {SignatureErrorKind::kUnrecognized, "The security token included in the request is invalid."};
}
SignatureError expired_token() {
  return {SignatureErrorKind::kExpiredToken, "The security token included in the request is expired"};
}

Checked verify_signature(const net::RequestHead& head, const SignatureClaim& claim, std::string_view body,
                         std::string_view secret, base::WallTime now, const VerifyOptions& options) {
  if (auto time = check_time(claim, now); !time) return time;
  if (!signs_host(claim.signed_headers)) {
    return base::fail(invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."));
  }
  if (auto scope = check_scope(claim, options.expected_service); !scope) return scope;
  const std::string payload = sigv4::payload_hash(head, claim, body, options.body_unread);
  const sigv4::HmacKey& key =
      sigv4::signing_key({claim.access_key_id, secret, claim.date, claim.region, claim.service});
  if (any_form_matches(head, claim, payload, key)) return {};
  return base::fail(
      invalid("The request signature we calculated does not match the signature you provided. Check your "
              "AWS Secret Access Key and signing method. Consult the service documentation for details."));
}

CanonicalTexts canonical_texts(const net::RequestHead& head, const SignatureClaim& claim,
                               std::string_view body) {
  CanonicalTexts texts;
  texts.canonical_request =
      sigv4::canonical_request(head, claim, sigv4::payload_hash(head, claim, body, false),
                               {sigv4::path_style_of(claim.service), sigv4::TokenInQuery::kSigned});
  texts.string_to_sign = sigv4::string_to_sign(claim, texts.canonical_request);
  return texts;
}

std::vector<std::pair<std::string, std::string>> sign_headers(const net::RequestHead& head,
                                                              std::string_view body, const SigningKey& key,
                                                              base::WallTime now) {
  SignatureClaim claim = new_claim(key, now);
  std::vector<std::pair<std::string, std::string>> added;
  added.emplace_back("x-amz-date", claim.timestamp);
  if (!key.session_token.empty()) added.emplace_back("x-amz-security-token", key.session_token);
  if (key.service == "s3" && !head.header("x-amz-content-sha256")) {
    added.emplace_back("x-amz-content-sha256", base::hex_encode(base::sha256(body)));
  }
  net::RequestHead full = head;
  for (const auto& [name, value] : added)
    full.headers.push_back({name, value});
  claim.signed_headers = signed_header_names(full.headers);
  claim.signature = signature_of(full, claim, body, key.secret);
  added.emplace_back(
      "Authorization",
      fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}", claim.access_key_id,
                  sigv4::scope_text(claim), claim.signed_headers, claim.signature));
  return added;
}

std::string sign_query(const net::RequestHead& head, std::string_view body, const SigningKey& key,
                       base::WallTime now, std::uint32_t expires_seconds) {
  SignatureClaim claim = new_claim(key, now);
  claim.presigned = true;
  claim.signed_headers = signed_header_names(head.headers);
  std::string query(head.query);
  if (!query.empty()) query += '&';
  query += fmt::format(
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date={}&X-Amz-SignedHeaders={}&X-Amz-"
      "Expires={}",
      base::uri_encode(key.access_key_id + "/" + sigv4::scope_text(claim)), claim.timestamp,
      base::uri_encode(claim.signed_headers), expires_seconds);
  if (!key.session_token.empty()) query += "&X-Amz-Security-Token=" + base::uri_encode(key.session_token);
  net::RequestHead full = head;
  full.query = query;
  return query + "&X-Amz-Signature=" + signature_of(full, claim, body, key.secret);
}

std::string amz_timestamp(base::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<base::WallTime> parse_amz_timestamp(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  const auto number = [text](std::size_t at, std::size_t length) -> std::optional<unsigned> {
    unsigned value = 0;
    for (char c : text.substr(at, length)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value;
  };
  const auto year = number(0, 4), month = number(4, 2), day = number(6, 2);
  const auto hour = number(9, 2), minute = number(11, 2), second = number(13, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

}  // namespace millrace::wire
