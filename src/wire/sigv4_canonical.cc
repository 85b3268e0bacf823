#include "wire/sigv4_canonical.h"

#include <algorithm>
#include <vector>

#include "base/encoding.h"
#include "wire/sigv4_crypto.h"

namespace millrace::wire::sigv4 {
namespace {

// SHA-256 of nothing.
constexpr std::string_view kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void append_lower(std::string& out, std::string_view text) {
  const std::size_t at = out.size();
  out.append(text);
  for (char* c = out.data() + at; c != out.data() + out.size(); ++c)
    *c = static_cast<char>(*c | (*c >= 'A' && *c <= 'Z') << 5);
}

// Trimmed, inner runs of white space as one space.
void append_header_value(std::string& out, std::string_view value) {
  while (!value.empty() && is_space(value.front()))
    value.remove_prefix(1);
  while (!value.empty() && is_space(value.back()))
    value.remove_suffix(1);
  if (value.find(' ') == value.npos &&
      value.find('\t') == value.npos) {  // most; a field has no other white space
    out.append(value);
    return;
  }
  while (!value.empty()) {
    std::size_t plain = 0;
    while (plain < value.size() && !is_space(value[plain]))
      ++plain;
    out.append(value.substr(0, plain));
    value.remove_prefix(plain);
    if (value.empty()) return;
    out.push_back(' ');
    while (is_space(value.front()))
      value.remove_prefix(1);
  }
}

void append_headers(std::string& out, const net::RequestHead& head, std::string_view signed_headers) {
  while (!signed_headers.empty()) {
    const std::size_t end = signed_headers.find(';');
    const std::string_view name = signed_headers.substr(0, end);
    signed_headers = end == std::string_view::npos ? std::string_view{} : signed_headers.substr(end + 1);
    append_lower(out, name);
    out.push_back(':');
    bool first = true;
    for (const net::HeaderView& field : head.headers) {
      if (field.name.size() != name.size() || !net::equals_ignore_case(field.name, name)) continue;
      if (!first) out.push_back(',');
      first = false;
      append_header_value(out, field.value);
    }
    out.push_back('\n');
  }
}

std::string recoded(std::string_view text, bool keep_slash) {
  // A malformed escape cannot have been decoded by the signer either: it stands for itself.
  const std::optional<std::string> plain = base::uri_decode(text);
  return base::uri_encode(plain ? std::string_view(*plain) : text, keep_slash);
}

void append_query(std::string& out, std::string_view query, bool presigned, TokenInQuery token) {
  std::vector<std::pair<std::string, std::string>> fields;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view field = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (field.empty()) continue;
    const std::size_t equals = field.find('=');
    std::string name = recoded(field.substr(0, equals), false);
    if (presigned && name == "X-Amz-Signature") continue;
    if (token == TokenInQuery::kUnsigned && name == "X-Amz-Security-Token") continue;
    std::string value =
        equals == std::string_view::npos ? std::string() : recoded(field.substr(equals + 1), false);
    fields.emplace_back(std::move(name), std::move(value));
  }
  std::sort(fields.begin(), fields.end());
  bool first = true;
  for (const auto& [name, value] : fields) {
    if (!first) out.push_back('&');
    first = false;
    out.append(name).append("=").append(value);
  }
}

std::string normalized(std::string_view path) {
  std::vector<std::string_view> kept;
  const bool trailing = path.empty() || path.back() == '/' || path.ends_with("/.") || path.ends_with("/..");
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    const std::string_view segment = path.substr(0, end);
    path = end == std::string_view::npos ? std::string_view{} : path.substr(end + 1);
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!segment.empty() && segment != "." && segment != "..") kept.push_back(segment);
  }
  std::string out;
  for (std::string_view segment : kept)
    out.append("/").append(segment);
  if (trailing || out.empty()) out.push_back('/');
  return out;
}

}  // namespace

PathStyle path_style_of(std::string_view service) {
  return service == "s3" || service == "s3-outposts" ? PathStyle::kS3 : PathStyle::kNormalized;
}

bool path_is_normal(std::string_view path) {
  return path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos;
}

std::string payload_hash(const net::RequestHead& head, const SignatureClaim& claim, std::string_view body,
                         bool body_unread) {
  const std::optional<std::string_view> named = head.header("x-amz-content-sha256");
  if (named && (*named == "UNSIGNED-PAYLOAD" || named->starts_with("STREAMING-"))) return std::string(*named);
  if (body_unread && named) return std::string(*named);
  if (!named && claim.presigned && claim.service == "s3") return "UNSIGNED-PAYLOAD";
  if (body.empty()) return std::string(kEmptyHash);
  std::string out;
  append_hex(out, sha256(body));
  return out;
}

std::string canonical_request(const net::RequestHead& head, const SignatureClaim& claim,
                              std::string_view payload_hash, const CanonicalOptions& options) {
  std::string out;
  out.reserve(512);
  out.append(head.method).push_back('\n');
  if (head.path == "/") {
    out.push_back('/');
  } else if (options.path == PathStyle::kS3) {
    out.append(recoded(head.path, true));
  } else if (options.path == PathStyle::kAsSent || path_is_normal(head.path)) {
    out.append(head.path.empty() ? std::string("/") : base::uri_encode(head.path, true));
  } else {
    out.append(base::uri_encode(normalized(head.path), true));
  }
  out.push_back('\n');
  append_query(out, head.query, claim.presigned, options.token);
  out.push_back('\n');
  append_headers(out, head, claim.signed_headers);
  out.push_back('\n');
  append_lower(out, claim.signed_headers);
  out.push_back('\n');
  out.append(payload_hash);
  return out;
}

std::string scope_text(const SignatureClaim& claim) {
  std::string out;
  out.reserve(64);
  out.append(claim.date)
      .append("/")
      .append(claim.region)
      .append("/")
      .append(claim.service)
      .append("/aws4_request");
  return out;
}

std::string string_to_sign(const SignatureClaim& claim, std::string_view canonical_request) {
  std::string out;
  out.reserve(192);
  out.append("AWS4-HMAC-SHA256\n").append(claim.timestamp).append("\n");
  out.append(scope_text(claim)).append("\n");
  append_hex(out, sha256(canonical_request));
  return out;
}

}  // namespace millrace::wire::sigv4
