#include "services/lambda/record_json.h"

#include "wire/json_writer.h"

namespace millrace::lambda {

using wire::Json;
using wire::JsonKind;

std::string& RecordWriter::key(std::string_view name) {
  if (out_.size() > 1) out_ += ',';
  wire::append_json_string(out_, name);
  return out_ += ':';
}

RecordWriter& RecordWriter::text(std::string_view name, std::string_view value) {
  wire::append_json_string(key(name), value);
  return *this;
}
RecordWriter& RecordWriter::text(std::string_view name, const std::optional<std::string>& value) {
  return value ? text(name, std::string_view(*value)) : *this;
}
RecordWriter& RecordWriter::number(std::string_view name, std::int64_t value) {
  wire::append_json_int(key(name), value);
  return *this;
}
RecordWriter& RecordWriter::number(std::string_view name, const std::optional<std::int32_t>& value) {
  return value ? number(name, std::int64_t{*value}) : *this;
}
RecordWriter& RecordWriter::flag(std::string_view name, const std::optional<bool>& value) {
  if (value) wire::append_json_bool(key(name), *value);
  return *this;
}
RecordWriter& RecordWriter::texts(std::string_view name, const std::vector<std::string>& values) {
  std::string& out = key(name);
  out += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ',';
    wire::append_json_string(out, values[i]);
  }
  out += ']';
  return *this;
}
RecordWriter& RecordWriter::texts(std::string_view name,
                                  const std::optional<std::vector<std::string>>& values) {
  return values ? texts(name, *values) : *this;
}
RecordWriter& RecordWriter::map(std::string_view name, const TextMap& values) {
  RecordWriter inner;
  for (const auto& [member, value] : values)
    inner.text(member, std::string_view(value));
  return raw(name, inner.finish());
}
RecordWriter& RecordWriter::raw(std::string_view name, std::string_view json) {
  key(name).append(json);
  return *this;
}
std::string RecordWriter::finish() {
  return std::move(out_ += '}');
}

std::optional<std::string> read_optional_text(const Json& object, std::string_view name) {
  const Json value = object.find(name);
  if (value.kind() != JsonKind::kString) return std::nullopt;
  return std::string(value.as_string());
}
std::string read_text(const Json& object, std::string_view name) {
  return read_optional_text(object, name).value_or("");
}
std::int64_t read_number(const Json& object, std::string_view name, std::int64_t otherwise) {
  const Json value = object.find(name);
  return value.kind() == JsonKind::kInt ? value.as_int() : otherwise;
}
std::optional<std::int32_t> read_optional_number(const Json& object, std::string_view name) {
  const Json value = object.find(name);
  if (value.kind() != JsonKind::kInt) return std::nullopt;
  return static_cast<std::int32_t>(value.as_int());
}
std::optional<bool> read_flag(const Json& object, std::string_view name) {
  const Json value = object.find(name);
  if (value.kind() != JsonKind::kBool) return std::nullopt;
  return value.as_bool();
}
std::optional<std::vector<std::string>> read_optional_texts(const Json& object, std::string_view name) {
  const Json value = object.find(name);
  if (value.kind() != JsonKind::kArray) return std::nullopt;
  std::vector<std::string> out;
  for (wire::JsonElements element(value); element.next();) {
    if (element.value().kind() == JsonKind::kString) out.emplace_back(element.value().as_string());
  }
  return out;
}
std::vector<std::string> read_texts(const Json& object, std::string_view name) {
  return read_optional_texts(object, name).value_or(std::vector<std::string>());
}
TextMap read_map(const Json& object, std::string_view name) {
  TextMap out;
  const Json value = object.find(name);
  if (value.kind() != JsonKind::kObject) return out;
  for (wire::JsonFields field(value); field.next();) {
    if (field.value().kind() == JsonKind::kString) out.emplace(field.key(), field.value().as_string());
  }
  return out;
}

}  // namespace millrace::lambda
