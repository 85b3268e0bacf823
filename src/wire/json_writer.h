// Writing JSON: functions that append to one buffer. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace millrace::wire {

// Quotes and escapes (RFC 8259 section 7); `text` must be UTF-8.
void append_json_string(std::string& out, std::string_view text);
void append_json_int(std::string& out, std::int64_t value);
void append_json_double(
    std::string& out, double value);  // shortest form; NaN and infinities as AWS's strings "NaN", "Infinity"
inline void append_json_bool(std::string& out, bool value) {
  out += value ? "true" : "false";
}
void append_json_blob(std::string& out, std::string_view bytes);  // base64 in quotes

enum class TimestampFormat { kEpochSeconds, kIso8601, kHttpDate };
void append_timestamp(std::string& out, base::WallTime time,
                      TimestampFormat format);  // no quotes; milliseconds, no trailing zeros

// Ready JSON that is put into an answer as it stands: stored item bytes are returned with a memcpy.
struct RawJson {
  std::string text;  // exactly one JSON value
  bool operator==(const RawJson&) const = default;
};

// A JSON array of ready values in one buffer: Query and Scan append a page of stored items without an
// allocation each.
class RawJsonList {
 public:
  RawJsonList() = default;
  // `count` values, already separated by commas.
  RawJsonList(std::string elements, std::size_t count) : text_(std::move(elements)), count_(count) {}
  void add(std::string_view json) { begin_element().append(json); }
  // The buffer, placed for the next element; append exactly one JSON value to it.
  std::string& begin_element() {
    if (count_++ > 0) text_ += ',';
    return text_;
  }
  void reserve(std::size_t bytes) { text_.reserve(bytes); }
  std::size_t count() const { return count_; }
  std::string_view elements() const { return text_; }  // without the brackets

 private:
  std::string text_;
  std::size_t count_ = 0;
};

}  // namespace millrace::wire
