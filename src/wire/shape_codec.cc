#include "wire/shape_codec.h"

#include <cmath>
#include <limits>

#include "base/encoding.h"

namespace millrace::wire {
namespace {

constexpr std::string_view kStructureFound = "Start of structure or map found where not expected";
constexpr std::string_view kFieldType = "Unexpected field type";
// What AWS says when a collection in a collection gets a scalar.
constexpr std::string_view kCast =
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "
    "java.lang.Class "
    "(sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module "
    "java.base of loader "
    "'bootstrap')";

// A value that is no `type`: AWS's name of the token, or its words for a collection.
bool wrong_type(const Json& json, std::string_view type, DecodeErrors& errors) {
  std::string token;
  switch (json.kind()) {
    case JsonKind::kBool:
      token = json.as_bool() ? "TRUE_VALUE" : "FALSE_VALUE";
      break;
    case JsonKind::kInt:
    case JsonKind::kUint:
      token = "NUMBER_VALUE";
      break;
    case JsonKind::kDouble:
      token = json.as_double() == std::floor(json.as_double()) ? "NUMBER_VALUE" : "DECIMAL_VALUE";
      break;
    case JsonKind::kString:
      token = "STRING_VALUE";
      break;
    case JsonKind::kArray:
      return errors.fail("Unrecognized collection type class java.lang." + std::string(type));
    case JsonKind::kObject:
      return errors.fail(std::string(kStructureFound));
    case JsonKind::kNull:
    case JsonKind::kAbsent:
      token = "NULL_VALUE";
      break;
  }
  return errors.fail(token + " cannot be converted to " + std::string(type));
}

bool is_number(JsonKind kind) {
  return kind == JsonKind::kInt || kind == JsonKind::kUint || kind == JsonKind::kDouble;
}

template <class Int>
bool decode_integer(const Json& json, Int& out, std::string_view type, DecodeErrors& errors) {
  constexpr Int kLow = std::numeric_limits<Int>::min(), kHigh = std::numeric_limits<Int>::max();
  switch (json.kind()) {
    case JsonKind::kInt: {
      const std::int64_t value = json.as_int();
      out = value < kLow ? kLow : value > kHigh ? kHigh : static_cast<Int>(value);
      return true;
    }
    case JsonKind::kUint:
      out = kHigh;
      return true;
    case JsonKind::kDouble: {
      const double value = std::floor(json.as_double());
      out = value <= static_cast<double>(kLow)    ? kLow
            : value >= static_cast<double>(kHigh) ? kHigh
                                                  : static_cast<Int>(value);
      return true;
    }
    default:
      return wrong_type(json, type, errors);
  }
}

void append_document(std::string& out, const Json& json) {
  switch (json.kind()) {
    case JsonKind::kObject: {
      const std::size_t start = out.size();
      for (JsonFields f(json); f.next();) {
        out += ',';
        append_json_string(out, f.key());
        out += ':';
        append_document(out, f.value());
      }
      return close_object(out, start);
    }
    case JsonKind::kArray: {
      const std::size_t start = out.size();
      for (JsonElements e(json); e.next();) {
        out += ',';
        append_document(out, e.value());
      }
      return close_array(out, start);
    }
    case JsonKind::kString:
      return append_json_string(out, json.as_string());
    case JsonKind::kBool:
      return append_json_bool(out, json.as_bool());
    case JsonKind::kInt:
      return append_json_int(out, json.as_int());
    case JsonKind::kUint:
      out += std::to_string(json.as_uint());
      return;
    case JsonKind::kDouble:
      return append_json_double(out, json.as_double());
    case JsonKind::kNull:
    case JsonKind::kAbsent:
      out += "null";
      return;
  }
}

bool is_scalar(JsonKind kind) {
  return kind == JsonKind::kString || kind == JsonKind::kBool || is_number(kind);
}

void close(std::string& out, std::size_t start, char open, char end) {
  if (out.size() == start) {
    out += open;
  } else {
    out[start] = open;
  }
  out += end;
}

}  // namespace

bool decode(const Json& json, std::string& out, DecodeErrors& errors) {
  if (json.kind() != JsonKind::kString) return wrong_type(json, "String", errors);
  out.assign(json.as_string());
  return true;
}

bool decode(const Json& json, bool& out, DecodeErrors& errors) {
  if (json.kind() == JsonKind::kBool) {
    out = json.as_bool();
    return true;
  }
  if (json.kind() != JsonKind::kString) return wrong_type(json, "Boolean", errors);
  const std::string_view text = json.as_string();
  for (const std::string_view yes : {"true", "1", "yes"}) {
    if (net::equals_ignore_case(text, yes)) return out = true;
  }
  for (const std::string_view no : {"false", "0", "no"}) {
    if (net::equals_ignore_case(text, no)) {
      out = false;
      return true;
    }
  }
  return errors.fail("Unexpected token received from parser");
}

bool decode(const Json& json, std::int32_t& out, DecodeErrors& errors) {
  return decode_integer(json, out, "Integer", errors);
}
bool decode(const Json& json, std::int64_t& out, DecodeErrors& errors) {
  return decode_integer(json, out, "Long", errors);
}

bool decode(const Json& json, double& out, DecodeErrors& errors) {
  if (is_number(json.kind())) {
    out = json.as_double();
    return true;
  }
  if (json.kind() == JsonKind::kString) {  // the numbers JSON has no words for
    const std::string_view text = json.as_string();
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (text == "NaN") out = std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity") out = kInfinity;
    if (text == "-Infinity") out = -kInfinity;
    if (text == "NaN" || text == "Infinity" || text == "-Infinity") return true;
  }
  return wrong_type(json, "Double", errors);
}

bool decode_blob(const Json& json, std::string& out, DecodeErrors& errors) {
  switch (json.kind()) {
    case JsonKind::kString:
      break;
    case JsonKind::kArray:
      return errors.fail("Unrecognized collection type class java.nio.ByteBuffer");
    case JsonKind::kObject:
      return errors.fail(std::string(kStructureFound));
    default:
      return errors.fail("only base-64-encoded strings are convertible to bytes");
  }
  const std::string_view text = json.as_string();
  if (text.size() % 4 != 0) {
    return errors.fail("Base64 encoded length is expected a multiple of 4 bytes but found: " +
                       std::to_string(text.size()));
  }
  auto bytes = base::base64_decode(text);
  if (!bytes) return errors.fail("Invalid last non-pad Base64 character dectected");  // AWS's spelling
  out = std::move(*bytes);
  return true;
}

bool decode_timestamp(const Json& json, TimestampFormat format, base::WallTime& out, DecodeErrors& errors) {
  if (is_number(json.kind())) {
    constexpr double kFar = 9e12;  // seconds: beyond any date, within microseconds' range
    const double seconds = json.as_double();
    if (!(std::fabs(seconds) < kFar)) return errors.fail("Timestamp out of range");
    out = base::WallTime(std::chrono::microseconds(std::llround(seconds * 1e6)));
    return true;
  }
  if (json.kind() == JsonKind::kString && format != TimestampFormat::kEpochSeconds) {
    return parse_timestamp(json.as_string(), format, out, errors);
  }
  return wrong_type(json, "Date", errors);
}

bool decode_document(const Json& json, RawJson& out, DecodeErrors&) {
  out.text.clear();
  append_document(out.text, json);
  return true;
}

bool expect_struct(const Json& json, Place place, std::string_view java_type, DecodeErrors& errors) {
  if (json.kind() == JsonKind::kObject) return true;
  if (json.kind() == JsonKind::kArray)
    return errors.fail("Unrecognized collection type class " + std::string(java_type));
  return errors.fail(place == Place::kField ? std::string(kFieldType) : "Unexpected value type in payload");
}

bool expect_list(const Json& json, Place place, DecodeErrors& errors) {
  if (json.kind() == JsonKind::kArray) return true;
  if (json.kind() == JsonKind::kObject) return errors.fail(std::string(kStructureFound));
  return errors.fail(std::string(place == Place::kElement && is_scalar(json.kind()) ? kCast : kFieldType));
}

bool expect_map(const Json& json, Place place, std::string_view java_value_type, DecodeErrors& errors) {
  if (json.kind() == JsonKind::kObject) return true;
  if (json.kind() == JsonKind::kArray) {
    return errors.fail("Unrecognized collection type java.util.Map<java.lang.String, " +
                       std::string(java_value_type) + ">");
  }
  return errors.fail(std::string(place == Place::kElement && is_scalar(json.kind()) ? kCast : kFieldType));
}

void close_object(std::string& out, std::size_t start) {
  close(out, start, '{', '}');
}
void close_array(std::string& out, std::size_t start) {
  close(out, start, '[', ']');
}

void write_timestamp(std::string& out, base::WallTime time, TimestampFormat format) {
  const bool quoted = format != TimestampFormat::kEpochSeconds;
  if (quoted) out += '"';
  append_timestamp(out, time, format);
  if (quoted) out += '"';
}

namespace {

// Makes room for a large text and for what usually follows it: a string that is exactly full would be copied as a whole when the
// next byte comes.
void make_room(std::string& out, std::size_t size) {
  constexpr std::size_t kLarge = 16u << 10, kRest = 1u << 10;
  if (size >= kLarge) out.reserve(out.size() + size + kRest);
}

}  // namespace

void write_raw(std::string& out, const RawJson& raw) {
  make_room(out, raw.text.size());
  out += raw.text.empty() ? std::string_view("null") : raw.text;
}
void write_raw(std::string& out, const RawJsonList& list) {
  make_room(out, list.elements().size());
  out.append("[").append(list.elements()).append("]");
}

}  // namespace millrace::wire
