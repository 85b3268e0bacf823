// What generated decoders and constraint checks report. AWS answers in this order: the first type error
// (SerializationException); then up to ten constraint violations at once (ValidationException); then whatever
// the operation checks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/error.h"

namespace millrace::wire {

// Where a value stands; AWS's type errors differ: "Unexpected field type" against "Unexpected value type in
// payload".
enum class Place { kField, kElement };

// A value that decodes but that the operation must refuse, in its own order among its own checks: for
// DynamoDB an invalid AttributeValue. An input that may hold such values has the member
// `std::vector<wire::ValueError> value_errors`.
struct ValueError {
  std::string member;  // top-level member of the input it stands in: "Item", "ExpressionAttributeValues"
  std::string key;     // first key below it: the attribute or placeholder name; may be empty
  std::string
      message;  // "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
};

class DecodeErrors {
 public:
  // The first one stays. Always returns false, so that `return errors.fail("...")` ends a decoder.
  bool fail(std::string message);
  bool failed() const { return failed_; }
  const std::string& message() const { return message_; }

  // Notes an invalid value; decoding goes on. At most 16 are kept.
  void invalid_value(std::string message);
  std::vector<ValueError>& value_errors() { return value_errors_; }

  // Set by decoders while they descend; views of model names and of the parsed text.
  std::string_view member;
  std::string_view key;

 private:
  bool failed_ = false;
  std::string message_;
  std::vector<ValueError> value_errors_;
};

// Names the first key below the input's member for as long as it lives; deeper ones change nothing.
class KeyScope {
 public:
  KeyScope(DecodeErrors& errors, std::string_view key) : errors_(errors), first_(errors.key.empty()) {
    if (first_) errors_.key = key;
  }
  ~KeyScope() {
    if (first_) errors_.key = {};
  }
  KeyScope(const KeyScope&) = delete;
  KeyScope& operator=(const KeyScope&) = delete;

 private:
  DecodeErrors& errors_;
  bool first_;
};

}  // namespace millrace::wire
