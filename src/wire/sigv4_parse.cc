#include <array>
#include <charconv>
#include <cstdio>

#include <fmt/format.h>

#include "base/encoding.h"
#include "wire/sigv4.h"

namespace millrace::wire {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
using Parsed = base::Result<SignatureClaim, SignatureError>;

SignatureError incomplete(std::string message) {
  return {SignatureErrorKind::kIncomplete, std::move(message)};
}
SignatureError invalid(std::string message) {
  return {SignatureErrorKind::kInvalid, std::move(message)};
}

std::string_view next_piece(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view piece = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return piece;
}

// Decoded value of the first query parameter of that name.
std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    std::string_view field = next_piece(query, '&');
    const std::size_t equals = field.find('=');
    const std::string_view raw_name = field.substr(0, equals);
    if (raw_name != name) continue;
    if (equals == std::string_view::npos) return std::string();
    return base::uri_decode(field.substr(equals + 1)).value_or(std::string(field.substr(equals + 1)));
  }
  return std::nullopt;
}

struct AuthorizationParts {
  std::string_view algorithm, credential, signed_headers, signature;
};

// RFC 9110 Authorization: the scheme, then comma-separated key=value pairs in any order.
base::Result<AuthorizationParts, SignatureError> split_authorization(std::string_view header) {
  std::string_view rest = header;
  AuthorizationParts parts;
  parts.algorithm = next_piece(rest, ' ');
  while (!rest.empty()) {
    std::string_view pair = next_piece(rest, ',');
    while (!pair.empty() && (pair.front() == ' ' || pair.front() == '\t'))
      pair.remove_prefix(1);
    while (!pair.empty() && (pair.back() == ' ' || pair.back() == '\t'))
      pair.remove_suffix(1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      return base::fail(incomplete(
          fmt::format("'{}' not a valid key=value pair (missing equal-sign) in Authorization header: '{}'.",
                      pair, header)));
    }
    const std::string_view name = pair.substr(0, equals);
    const std::string_view value = pair.substr(equals + 1);
    if (name == "Credential") parts.credential = value;
    if (name == "SignedHeaders") parts.signed_headers = value;
    if (name == "Signature") parts.signature = value;
  }
  return parts;
}

// "Mon, 09 Sep 2011 23:36:00 GMT" to the basic ISO form; RFC 9110 section 5.6.7.
std::optional<std::string> from_http_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text[3] != ',' || !text.ends_with(" GMT")) return std::nullopt;
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (kMonths[i] != text.substr(8, 3)) continue;
    return fmt::format("{}{:02}{}T{}{}{}Z", text.substr(12, 4), i + 1, text.substr(5, 2), text.substr(17, 2),
                       text.substr(20, 2), text.substr(23, 2));
  }
  return std::nullopt;
}

base::Result<void, SignatureError> take_credential(SignatureClaim& claim, std::string_view credential) {
  // A key id may not hold a slash, but counting from the end is as strict and reads the scope right.
  std::string_view rest = credential;
  while (rest.ends_with('/'))
    rest.remove_suffix(1);
  std::array<std::string_view, 5> parts;
  std::size_t count = 0;
  for (; !rest.empty() && count < parts.size(); ++count)
    parts[count] = next_piece(rest, '/');
  if (count != parts.size() || !rest.empty()) {
    return base::fail(
        incomplete(fmt::format("Credential must have exactly 5 slash-delimited elements, e.g. "
                               "keyid/date/region/service/term, got '{}'",
                               credential)));
  }
  if (parts[4] != "aws4_request") {
    return base::fail(invalid(fmt::format(
        "Credential should be scoped with a valid terminator: 'aws4_request', not '{}'. ", parts[4])));
  }
  claim.access_key_id = parts[0];
  claim.date = parts[1];
  claim.region = parts[2];
  claim.service = parts[3];
  return {};
}

base::Result<void, SignatureError> check_form(const SignatureClaim& claim, std::string_view algorithm) {
  if (!parse_amz_timestamp(claim.timestamp)) {
    return base::fail(
        incomplete(fmt::format("Date must be in ISO-8601 'basic format'. Got '{}'. See "
                               "http://en.wikipedia.org/wiki/ISO_8601",
                               claim.timestamp)));
  }
  if (algorithm != kAlgorithm) {
    return base::fail(incomplete(
        fmt::format("Unsupported AWS 'algorithm': '{}' (only AWS4-HMAC-SHA256 for now). ", algorithm)));
  }
  return {};
}

Parsed parse_header(const net::RequestHead& head, std::string_view authorization) {
  auto parts = split_authorization(authorization);
  if (!parts) return base::fail(std::move(parts.error()));
  const std::optional<std::string_view> amz_date = head.header("x-amz-date");
  const std::optional<std::string_view> date = head.header("date");
  std::string missing;
  const auto require = [&missing](std::string_view name, std::string_view value) {
    if (value.empty()) missing += fmt::format("Authorization header requires '{}' parameter. ", name);
  };
  require("Credential", parts->credential);
  require("Signature", parts->signature);
  require("SignedHeaders", parts->signed_headers);
  if (!amz_date && !date) {
    missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (!missing.empty()) {
    return base::fail(incomplete(fmt::format("{}Authorization={}", missing, authorization)));
  }
  SignatureClaim claim;
  claim.timestamp = amz_date ? std::string(*amz_date) : from_http_date(*date).value_or(std::string(*date));
  if (auto form = check_form(claim, parts->algorithm); !form) return base::fail(std::move(form.error()));
  if (auto taken = take_credential(claim, parts->credential); !taken)
    return base::fail(std::move(taken.error()));
  claim.signed_headers = parts->signed_headers;
  claim.signature = parts->signature;
  if (auto token = head.header("x-amz-security-token")) claim.session_token = *token;
  return claim;
}

Parsed parse_query(const net::RequestHead& head) {
  static constexpr std::array<std::string_view, 6> kNames = {"X-Amz-Algorithm", "X-Amz-Credential",
                                                             "X-Amz-Signature", "X-Amz-SignedHeaders",
                                                             "X-Amz-Date",      "X-Amz-Expires"};
  std::array<std::string, kNames.size()> values;
  std::string missing;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    values[i] = query_value(head.query, kNames[i]).value_or("");
    // AWS takes a missing X-Amz-Expires for all services but S3.
    if (values[i].empty() && i != 5)
      missing += fmt::format("AWS query-string parameters must include '{}'. ", kNames[i]);
  }
  if (!missing.empty()) return base::fail(incomplete(missing + "Re-examine the query-string parameters."));
  SignatureClaim claim;
  claim.presigned = true;
  claim.timestamp = std::move(values[4]);
  if (auto form = check_form(claim, values[0]); !form) return base::fail(std::move(form.error()));
  if (auto taken = take_credential(claim, values[1]); !taken) return base::fail(std::move(taken.error()));
  claim.signature = std::move(values[2]);
  claim.signed_headers = std::move(values[3]);
  claim.session_token = query_value(head.query, "X-Amz-Security-Token").value_or("");
  const std::string& expires = values[5];
  if (!expires.empty()) {
    const auto [end, error] =
        std::from_chars(expires.data(), expires.data() + expires.size(), claim.expires_seconds);
    if (error != std::errc() || end != expires.data() + expires.size()) {
      return base::fail(incomplete("X-Amz-Expires should be a number"));
    }
    if (claim.expires_seconds > 604800) {
      return base::fail(
          incomplete("X-Amz-Expires must be less than a week (in seconds); that is, the given "
                     "X-Amz-Expires must be less than 604800 seconds"));
    }
  }
  return claim;
}

}  // namespace

Parsed parse_signature(const net::RequestHead& head) {
  const std::optional<std::string_view> authorization = head.header("authorization");
  const bool in_query = head.query.find("X-Amz-Algorithm") != std::string_view::npos &&
                        query_value(head.query, "X-Amz-Algorithm").has_value();
  if (authorization && in_query) {
    return base::fail(
        invalid("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."));
  }
  if (in_query) return parse_query(head);
  if (!authorization || !authorization->starts_with("AWS4-")) return base::fail(missing_signature());
  return parse_header(head, *authorization);
}

std::optional<CredentialScope> peek_scope(const net::RequestHead& head) {
  std::string text;
  if (auto authorization = head.header("authorization")) {
    const std::size_t at = authorization->find("Credential=");
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view rest = authorization->substr(at + 11);
    text = rest.substr(0, rest.find_first_of(", "));
  } else if (head.query.find("X-Amz-Credential") != std::string_view::npos) {
    text = query_value(head.query, "X-Amz-Credential").value_or("");
  }
  std::string_view rest = text;
  CredentialScope scope;
  scope.access_key_id = next_piece(rest, '/');
  next_piece(rest, '/');
  scope.region = next_piece(rest, '/');
  scope.service = next_piece(rest, '/');
  if (scope.access_key_id.empty() || scope.region.empty() || scope.service.empty()) return std::nullopt;
  return scope;
}

}  // namespace millrace::wire
