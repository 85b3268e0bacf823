#include "millrace/function/error.h"
#include "millrace/function/events/http.h"
#include "text.h"

namespace millrace::function {

std::string HttpRequest::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

void from_json(const Json& json, HttpRequest& request) {
  const Json& context = json.at("requestContext");
  const Json http = context.value("http", Json::object());
  request.method = http.value("method", "");
  request.path = json.value("rawPath", "");
  request.query_string = json.value("rawQueryString", "");
  request.headers = json.value("headers", Headers());
  request.query = json.value("queryStringParameters", Headers());
  request.cookies = json.value("cookies", std::vector<std::string>());
  request.body = json.value("body", "");
  if (json.value("isBase64Encoded", false)) {
    auto bytes = base64_decode(request.body);
    if (!bytes) throw Error("Runtime.UnmarshalError", "the body is not base64");
    request.body = std::move(*bytes);
  }
  request.domain_name = context.value("domainName", "");
  request.request_id = context.value("requestId", "");
  request.source_ip = http.value("sourceIp", "");
  request.user_agent = http.value("userAgent", "");
  request.protocol = http.value("protocol", "");
  request.time_ms = context.value("timeEpoch", std::int64_t{0});
  request.authorizer = context.value("authorizer", Json());
}

void to_json(Json& json, const HttpHead& head) {
  json = Json{{"statusCode", head.status}, {"headers", head.headers}};
  if (!head.cookies.empty()) json["cookies"] = head.cookies;
}

void from_json(const Json& json, HttpHead& head) {
  head.status = json.value("statusCode", 200);
  head.headers = json.value("headers", Headers());
  head.cookies = json.value("cookies", std::vector<std::string>());
}

void to_json(Json& json, const HttpResponse& response) {
  const bool text = is_utf8(response.body);
  json = Json{{"statusCode", response.status},
              {"headers", response.headers},
              {"body", text ? response.body : base64_encode(response.body)},
              {"isBase64Encoded", !text}};
  if (!response.cookies.empty()) json["cookies"] = response.cookies;
}

HttpResponse json_response(const Json& value, int status) {
  return {status, {{"content-type", "application/json"}}, {}, value.dump()};
}

}  // namespace millrace::function
