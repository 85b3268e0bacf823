#include "wire/decode.h"

#include <utility>

namespace millrace::wire {

bool DecodeErrors::fail(std::string message) {
  if (!failed_) {
    failed_ = true;
    message_ = std::move(message);
  }
  return false;
}

void DecodeErrors::invalid_value(std::string message) {
  constexpr std::size_t kMost = 16;
  if (value_errors_.size() < kMost)
    value_errors_.push_back({std::string(member), std::string(key), std::move(message)});
}

}  // namespace millrace::wire
