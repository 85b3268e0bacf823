// Markers of list operations: the last name of a page, base64, opaque to clients. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/encoding.h"
#include "base/result.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

inline std::string make_marker(std::string_view last_name) {
  return base::base64_encode(last_name);
}

inline base::Result<std::string, wire::ServiceError> read_marker(const std::optional<std::string>& marker) {
  if (!marker || marker->empty()) return std::string();
  std::optional<std::string> name = base::base64_decode(*marker);
  if (!name) return base::fail(invalid_parameter_value_exception("Invalid Marker"));
  return std::move(*name);
}

}  // namespace millrace::lambda
