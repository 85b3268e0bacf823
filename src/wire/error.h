// ServiceError: an AWS error as a value, before it is rendered in a protocol (protocol.h does that).
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace millrace::wire {

enum class Fault { kClient, kServer };

// Which Java package AWS names in front of `#Code` in `__type` (JSON 1.0/1.1). Services with short codes
// ignore it.
enum class ErrorSpace {
  kService,   // the service's own: com.amazonaws.dynamodb.v20120810#ResourceNotFoundException
  kValidate,  // com.amazon.coral.validate#ValidationException
  kCoral,     // com.amazon.coral.service#SerializationException
};

struct ServiceError {
  std::string code;     // "ResourceNotFoundException"
  std::string message;  // may be empty: then no message member is written
  int status = 400;
  Fault fault = Fault::kClient;
  ErrorSpace space = ErrorSpace::kService;
  // "message" or "Message", as the error's shape spells it. A literal.
  std::string_view message_key = "message";
  // Further members, ready JSON without braces: `"Item":{...},"Reason":"x"`; or empty.
  std::string members;
  // Further response headers (a REST-JSON error may bind members to headers, such as Retry-After).
  std::string retry_after;
};

// The errors every service shares.
ServiceError validation_error(std::string message);  // ValidationException, 400, coral.validate
// SerializationException, 400. DynamoDB spells its key "Message".
ServiceError serialization_error(std::string message);
// 500 InternalServerError/InternalFailure: a bug was logged under the request id; no details leave the
// server.
ServiceError internal_error();
// Adds members written as `,"a":1,"b":2` to an error's own.
void add_members(ServiceError& error, std::string_view members);
// 501 NotImplemented, naming the operation: in the model, not in Millrace (yet).
ServiceError not_implemented(std::string_view service, std::string_view operation);

}  // namespace millrace::wire
