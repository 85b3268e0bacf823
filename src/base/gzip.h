// gzip (RFC 1952) of whole bodies. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace::base {

enum class GzipError {
  kMalformed,  // no gzip, cut off, wrong checksum, or something follows it
  kTooLarge,   // unpacks to more than the limit: found out while unpacking, before more than that is held
};
// One or several members, one after the other.
Result<std::string, GzipError> gunzip(std::string_view bytes, std::size_t limit);
// Fast rather than small: answers are packed on the thread that serves the connection.
std::string gzip(std::string_view bytes);

}  // namespace millrace::base
