#include "services/dynamodbstreams/errors.h"

#include "shapes/dynamodbstreams/errors.h"

namespace millrace::dynamodbstreams {

wire::ServiceError to_service_error(const stream::Error& error, std::string_view what) {
  switch (error.kind) {
    case stream::ErrorKind::kNotFound:
      return resource_not_found_exception("Requested resource not found: " + std::string(what) +
                                          " not found");
    case stream::ErrorKind::kTrimmed:
      return trimmed_data_access_exception(
          "Attempt to access trimmed data: the records asked for are older than the stream keeps");
    case stream::ErrorKind::kStore:
      return internal_server_error(
          "The request processing has failed because of an unknown error, exception or failure.");
  }
  return wire::internal_error();
}

wire::ServiceError stream_not_found(std::string_view arn) {
  return to_service_error({stream::ErrorKind::kNotFound, {}}, "Stream: " + std::string(arn));
}

}  // namespace millrace::dynamodbstreams
