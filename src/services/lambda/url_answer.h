// What a handler returned, as HTTP: the prelude of a streamed answer, and the inference on a buffered one.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload  Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http.h"
#include "shapes/lambda/types/cors.h"

namespace millrace::lambda {

struct UrlAnswer {
  net::ResponseHead head;
  std::string body;
};

// {statusCode, headers, cookies, body, isBase64Encoded}, or any other value with status 200. nullopt: not an answer (502).
std::optional<UrlAnswer> infer_answer(std::string_view payload);

// The JSON before the eight NULs of application/vnd.awslambda.http-integration-response. nullopt: malformed (502).
std::optional<net::ResponseHead> parse_prelude(std::string_view json);

// Finds the end of the prelude in bytes that arrive in any portions.
class PreludeSplitter {
 public:
  static constexpr std::size_t kLimit = 1u << 20;  // of the JSON

  enum class State { kMore, kDone, kTooLong };
  // On kDone, `rest` is what follows the NULs; `prelude()` is the JSON.
  State feed(std::string_view bytes, std::string_view& rest);
  std::string_view prelude() const { return prelude_; }
  bool empty() const { return prelude_.empty() && nuls_ == 0; }

 private:
  std::string prelude_;
  std::size_t nuls_ = 0;
};

// CORS as configured. Nothing is added when there is no configuration, no Origin, or the origin is not allowed.
void add_cors_headers(const std::optional<Cors>& cors, const net::RequestHead& request,
                      net::ResponseHead& answer);
// An OPTIONS request that the URL answers itself; nullopt: it is for the function.
std::optional<net::ResponseHead> preflight_answer(const std::optional<Cors>& cors,
                                                  const net::RequestHead& request);

}  // namespace millrace::lambda
