// How a protocol looks on the wire, apart from shapes: errors, content types, request ids. Pure; any thread.
// https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html, .../aws-restjson1-protocol.html
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "net/http.h"
#include "wire/error.h"
#include "wire/operation.h"
#include "wire/shape_facts.h"

namespace millrace::wire {

// How a request speaks: in the service's first protocol, or in one of the others (shape_facts.h).
enum class Speech { kFirst, kQuery, kCbor };

// `__type`: "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", or the bare code where the service says it so.
std::string error_type(const ServiceFacts& facts, const ServiceError& error);
// The body of an error answer: {"__type":...,"message":...} or {"Type":"User","Message":...}.
std::string error_body(const ServiceFacts& facts, const ServiceError& error);

// JSON 1.0 answers application/json to a client that did not ask with its own type, as DynamoDB does.
std::string_view response_content_type(Protocol protocol, std::string_view request_content_type);
// The code the Query protocol gives an error: its own, or the usual one for what every service may say.
// `facts` may be null.
std::string_view query_code(const ProtocolFacts* facts, const ServiceError& error);
// x-amzn-query-error: "InvalidParameterValue;Sender".
std::string query_error_header(const ProtocolFacts& facts, const ServiceError& error);

// Whether a JSON protocol takes a body of that type.
bool is_json_content_type(Protocol protocol, std::string_view content_type);

// Whether an Accept-Encoding field takes gzip (RFC 9110 section 12.5.3); "*" alone does not ask for it.
bool accepts_gzip(std::string_view accept_encoding);

// Request ids: 52 characters for DynamoDB and its streams, UUIDs elsewhere. Unique, not secret. Any thread.
class RequestIds {
 public:
  explicit RequestIds(base::Random& random);
  std::string make(const ServiceFacts& facts);

 private:
  std::uint64_t word(std::uint64_t n) const;
  std::uint64_t seed_;
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace millrace::wire
