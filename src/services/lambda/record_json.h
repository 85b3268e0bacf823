// Reading and writing the JSON documents that the catalog keeps for this service. Absent members read as defaults, so that
// older documents stay readable. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/json_value.h"

namespace millrace::lambda {

using TextMap = std::map<std::string, std::string, std::less<>>;

class RecordWriter {
 public:
  RecordWriter& text(std::string_view name, std::string_view value);
  RecordWriter& text(std::string_view name, const std::optional<std::string>& value);  // absent: not written
  RecordWriter& number(std::string_view name, std::int64_t value);
  RecordWriter& number(std::string_view name, const std::optional<std::int32_t>& value);
  RecordWriter& flag(std::string_view name, const std::optional<bool>& value);
  RecordWriter& texts(std::string_view name, const std::vector<std::string>& values);
  RecordWriter& texts(std::string_view name, const std::optional<std::vector<std::string>>& values);
  RecordWriter& map(std::string_view name, const TextMap& values);
  RecordWriter& raw(std::string_view name, std::string_view json);  // one JSON value
  std::string finish();

 private:
  std::string& key(std::string_view name);
  std::string out_ = "{";
};

std::string read_text(const wire::Json& object, std::string_view name);
std::optional<std::string> read_optional_text(const wire::Json& object, std::string_view name);
std::int64_t read_number(const wire::Json& object, std::string_view name, std::int64_t otherwise = 0);
std::optional<std::int32_t> read_optional_number(const wire::Json& object, std::string_view name);
std::optional<bool> read_flag(const wire::Json& object, std::string_view name);
std::vector<std::string> read_texts(const wire::Json& object, std::string_view name);
std::optional<std::vector<std::string>> read_optional_texts(const wire::Json& object, std::string_view name);
TextMap read_map(const wire::Json& object, std::string_view name);

}  // namespace millrace::lambda
