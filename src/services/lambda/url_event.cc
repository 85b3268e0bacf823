#include "services/lambda/url_event.h"

#include <array>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "base/encoding.h"
#include "services/lambda/record_json.h"

namespace millrace::lambda {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

// Header bytes need not be UTF-8; the event must be.
std::string as_utf8(std::string_view text) {
  if (base::is_valid_utf8(text)) return std::string(text);
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out.push_back(c);
    } else {  // as ISO-8859-1, RFC 9110 section 5.5
      out.push_back(static_cast<char>(0xc0 | (byte >> 6)));
      out.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
    }
  }
  return out;
}

void add_joined(TextMap& map, std::string name, std::string_view value) {
  auto [at, fresh] = map.try_emplace(std::move(name), value);
  if (!fresh) at->second.append(",").append(value);
}

TextMap headers_of(const UrlRequest& request) {
  TextMap headers;
  for (const net::HeaderView& field : request.head.headers) {
    std::string name = lower(field.name);
    if (name != "cookie") add_joined(headers, std::move(name), as_utf8(field.value));
  }
  std::string port = "80";
  if (auto host = headers.find("host"); host != headers.end()) {
    const std::size_t colon = host->second.rfind(':');
    if (colon != std::string::npos) port = host->second.substr(colon + 1);
  }
  add_joined(headers, "x-forwarded-for", request.peer_address);
  headers.try_emplace("x-forwarded-proto", "http");
  headers.try_emplace("x-forwarded-port", port);
  headers.insert_or_assign("x-amzn-trace-id", std::string(request.trace_header));
  return headers;
}

std::vector<std::string> cookies_of(const net::RequestHead& head) {
  std::vector<std::string> cookies;
  for (const net::HeaderView& field : head.headers) {
    if (!net::equals_ignore_case(field.name, "cookie")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const std::size_t end = rest.find(';');
      std::string_view cookie = rest.substr(0, end);
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      while (cookie.starts_with(' '))
        cookie.remove_prefix(1);
      if (!cookie.empty()) cookies.push_back(as_utf8(cookie));
    }
  }
  return cookies;
}

std::string decoded(std::string_view text) {
  std::optional<std::string> plain = base::uri_decode(text, true);
  return as_utf8(plain ? std::string_view(*plain) : text);
}

TextMap query_of(std::string_view query) {
  TextMap out;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view field = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (field.empty()) continue;
    const std::size_t equals = field.find('=');
    add_joined(out, decoded(field.substr(0, equals)),
               equals == std::string_view::npos ? std::string() : decoded(field.substr(equals + 1)));
  }
  return out;
}

// "21/Nov/2026:02:31:21 +0000"
std::string clf_time(base::WallTime time) {
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
  return fmt::format("{:02}/{}/{:04}:{:02}:{:02}:{:02} +0000", static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string authorizer_of(const wire::Principal& principal) {
  RecordWriter iam;
  iam.text("accessKey", std::string_view(principal.access_key_id))
      .text("accountId", std::string_view(principal.account));
  iam.text("callerId", std::string_view(principal.access_key_id))
      .raw("cognitoIdentity", "null")
      .raw("principalOrgId", "null");
  iam.text("userArn", std::string_view(principal.arn))
      .text("userId", std::string_view(principal.access_key_id));
  RecordWriter out;
  return out.raw("iam", iam.finish()).finish();
}

std::string context_of(const UrlRecord& url, const UrlRequest& request) {
  RecordWriter http;
  http.text("method", request.head.method).text("path", std::string_view(as_utf8(request.path)));
  http.text("protocol", request.head.http_1_0 ? std::string_view("HTTP/1.0") : std::string_view("HTTP/1.1"));
  http.text("sourceIp", request.peer_address);
  http.text("userAgent", std::string_view(as_utf8(request.head.header("user-agent").value_or(""))));
  RecordWriter out;
  out.text("accountId",
           request.principal ? std::string_view(request.principal->account) : std::string_view("anonymous"));
  out.text("apiId", std::string_view(url.id));
  if (request.principal) out.raw("authorizer", authorizer_of(*request.principal));
  out.text("domainName", std::string_view(url.id + ".lambda-url." + url.function.region + ".on.aws"));
  out.text("domainPrefix", std::string_view(url.id)).raw("http", http.finish());
  out.text("requestId", request.request_id).text("routeKey", std::string_view("$default"));
  out.text("stage", std::string_view("$default")).text("time", std::string_view(clf_time(request.now)));
  return out.number("timeEpoch", base::unix_millis(request.now)).finish();
}

}  // namespace

bool is_text_type(std::string_view content_type) {
  std::string type = lower(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' '))
    type.pop_back();
  return type.starts_with("text/") || type == "application/json" || type == "application/xml" ||
         type == "application/javascript" || type.ends_with("+json") || type.ends_with("+xml");
}

std::string make_url_event(const UrlRecord& url, const UrlRequest& request) {
  RecordWriter out;
  out.text("version", std::string_view("2.0")).text("routeKey", std::string_view("$default"));
  out.text("rawPath", std::string_view(as_utf8(request.path)))
      .text("rawQueryString", std::string_view(as_utf8(request.head.query)));
  const std::vector<std::string> cookies = cookies_of(request.head);
  if (!cookies.empty()) out.texts("cookies", cookies);
  out.map("headers", headers_of(request));
  const TextMap query = query_of(request.head.query);
  if (!query.empty()) out.map("queryStringParameters", query);
  out.raw("requestContext", context_of(url, request));
  bool base64 = false;
  if (!request.body.empty()) {
    base64 =
        !is_text_type(request.head.header("content-type").value_or("")) || !base::is_valid_utf8(request.body);
    out.text("body", base64 ? std::string_view(base::base64_encode(request.body)) : request.body);
  }
  return out.flag("isBase64Encoded", base64).finish();
}

}  // namespace millrace::lambda
