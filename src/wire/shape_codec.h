// What generated decoders and encoders are made of. Every decode function reads one JSON value into `out`, or says what is wrong
// with AWS's words and returns false. Generated code only; handlers never call these.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "wire/decode.h"
#include "wire/json_value.h"
#include "wire/json_writer.h"
#include "wire/operation.h"
#include "wire/violations.h"

namespace millrace::wire {

bool decode(const Json& json, std::string& out, DecodeErrors& errors);
bool decode(const Json& json, bool& out,
            DecodeErrors& errors);  // "true", "1", "yes", ... too, as AWS takes them
bool decode(const Json& json, std::int32_t& out, DecodeErrors& errors);  // fractions are cut off
bool decode(const Json& json, std::int64_t& out, DecodeErrors& errors);
bool decode(const Json& json, double& out, DecodeErrors& errors);
bool decode_blob(const Json& json, std::string& out, DecodeErrors& errors);
bool decode_timestamp(const Json& json, TimestampFormat format, base::WallTime& out, DecodeErrors& errors);
bool decode_document(const Json& json, RawJson& out, DecodeErrors& errors);  // any JSON, kept as text

// `java_type` is the class AWS names: "com.amazonaws.dynamodb.v20120810.KeySchemaElement".
bool expect_struct(const Json& json, Place place, std::string_view java_type, DecodeErrors& errors);
bool expect_list(const Json& json, Place place, DecodeErrors& errors);
bool expect_map(const Json& json, Place place, std::string_view java_value_type, DecodeErrors& errors);

// Members are written each with a comma before it, from `start` on; this turns the first comma into a brace and closes.
void close_object(std::string& out, std::size_t start);
void close_array(std::string& out, std::size_t start);
inline void write(std::string& out, std::string_view text) {
  append_json_string(out, text);
}
inline void write(std::string& out, bool value) {
  append_json_bool(out, value);
}
inline void write(std::string& out, std::int32_t value) {
  append_json_int(out, value);
}
inline void write(std::string& out, std::int64_t value) {
  append_json_int(out, value);
}
inline void write(std::string& out, double value) {
  append_json_double(out, value);
}
void write_timestamp(std::string& out, base::WallTime time,
                     TimestampFormat format);          // quoted unless epoch seconds
void write_raw(std::string& out, const RawJson& raw);  // null when empty
void write_raw(std::string& out, const RawJsonList& list);

// HTTP bindings. An absent label, query parameter or header leaves nullopt.
std::optional<std::string> label(const Incoming& incoming, std::string_view name);
std::optional<std::string> query(const Incoming& incoming, std::string_view name);
std::vector<std::string> query_all(const Incoming& incoming, std::string_view name);
std::optional<std::string> header(const Incoming& incoming, std::string_view name);
// All headers whose name begins with `prefix`, by the rest of their name, lower case; `out` stays empty when there are none.
void prefix_headers(const Incoming& incoming, std::string_view prefix,
                    std::map<std::string, std::string, std::less<>>& out);
// Every query parameter, those bound to other members too (restJson1 httpQueryParams).
void query_map(const Incoming& incoming, std::map<std::string, std::vector<std::string>, std::less<>>& out);
std::vector<std::string> split_header_list(std::string_view value);   // RFC 9110 lists, quotes taken off
std::vector<std::string> split_header_dates(std::string_view value);  // HTTP dates hold a comma each

bool parse(std::string_view text, std::string& out, DecodeErrors& errors);
bool parse(std::string_view text, bool& out, DecodeErrors& errors);
bool parse(std::string_view text, std::int32_t& out, DecodeErrors& errors);
bool parse(std::string_view text, std::int64_t& out, DecodeErrors& errors);
bool parse(std::string_view text, double& out, DecodeErrors& errors);
bool parse_timestamp(std::string_view text, TimestampFormat format, base::WallTime& out,
                     DecodeErrors& errors);
bool parse_json_header(std::string_view text, std::string& out, DecodeErrors& errors);  // base64 of JSON text

std::string to_text(const std::string& value);
std::string to_text(bool value);
std::string to_text(std::int32_t value);
std::string to_text(std::int64_t value);
std::string to_text(double value);
std::string timestamp_text(base::WallTime value, TimestampFormat format);
std::string json_header(const std::string& json);            // in base64
std::string quote_header_element(const std::string& value);  // quotes when it holds a comma or a quote

// Java's toString of collections, for constraint texts.
template <class T, class Render>
std::string java_list(const std::vector<T>& list, Render render) {
  std::string out = "[";
  for (const auto& element : list) {
    if (out.size() > 1) out += ", ";
    out += render(element);
  }
  return out + "]";
}
template <class Map, class Render>
std::string java_map(const Map& map, Render render) {
  std::string out = "{";
  for (const auto& [key, value] : map) {
    if (out.size() > 1) out += ", ";
    out.append(key).append("=").append(render(value));
  }
  return out + "}";
}

}  // namespace millrace::wire
