#include "wire/error.h"

#include <fmt/format.h>

namespace millrace::wire {

ServiceError validation_error(std::string message) {
  ServiceError error;
  error.code = "ValidationException";
  error.message = std::move(message);
  error.space = ErrorSpace::kValidate;
  return error;
}

ServiceError serialization_error(std::string message) {
  ServiceError error;
  error.code = "SerializationException";
  error.message = std::move(message);
  error.space = ErrorSpace::kCoral;
  error.message_key = "Message";
  return error;
}

void add_members(ServiceError& error, std::string_view members) {
  if (error.members.empty() && members.starts_with(',')) members.remove_prefix(1);
  error.members += members;
}

ServiceError internal_error() {
  ServiceError error;
  error.code = "InternalServerError";
  error.message = "Internal server error";
  error.status = 500;
  error.fault = Fault::kServer;
  return error;
}

ServiceError not_implemented(std::string_view service, std::string_view operation) {
  ServiceError error;
  error.code = "NotImplemented";
  error.message = fmt::format("Millrace does not implement {}:{}", service, operation);
  error.status = 501;
  error.fault = Fault::kServer;
  error.space = ErrorSpace::kCoral;
  return error;
}

}  // namespace millrace::wire
