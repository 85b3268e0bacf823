// Requests to function URLs (and HTTP APIs), payload format 2.0, and the answers to them.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "millrace/function/json.h"

namespace millrace::function {

using Headers = std::map<std::string, std::string>;

struct HttpRequest {
  std::string method;
  std::string path;          // as it was sent
  std::string query_string;  // as it was sent, without "?"
  Headers headers;           // names in lower case
  std::map<std::string, std::string> query;
  std::vector<std::string> cookies;
  std::string body;  // decoded when it came as base64
  std::string domain_name;
  std::string request_id;
  std::string source_ip;
  std::string user_agent;
  std::string protocol;
  std::int64_t time_ms = 0;  // since the epoch
  Json authorizer;           // of AWS_IAM; null otherwise

  // Empty when there is none. `name` in lower case.
  std::string header(const std::string& name) const;
};
void from_json(const Json& json, HttpRequest& request);

// Of a streamed answer, ahead of its body.
struct HttpHead {
  int status = 200;
  Headers headers;
  std::vector<std::string> cookies;
};
void to_json(Json& json, const HttpHead& head);
void from_json(const Json& json, HttpHead& head);

// A buffered answer. A body that is not UTF-8 is sent as base64.
struct HttpResponse {
  int status = 200;
  Headers headers;
  std::vector<std::string> cookies;
  std::string body;
};
void to_json(Json& json, const HttpResponse& response);

// Says that it is JSON.
HttpResponse json_response(const Json& value, int status = 200);

}  // namespace millrace::function
