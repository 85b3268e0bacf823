// The shapes of a service as tables, for the protocols that are not JSON: requests in them are turned into JSON and answers
// from it, by what stands here, so that one set of generated codecs serves all (docs/design/0019-metrics.md).
// Generated into protocols.cc; static.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "wire/json_writer.h"

namespace millrace::wire {

enum class ShapeKind : std::uint8_t {
  kStructure,
  kList,
  kMap,
  kString,
  kBlob,
  kBoolean,
  kInteger,
  kFloat,
  kTimestamp,
  kDocument
};

struct MemberFacts {
  std::string_view name;      // in JSON and CBOR
  std::string_view xml_name;  // in forms and XML
  std::uint16_t shape = 0;    // index into ProtocolFacts::shapes
  bool flattened = false;     // a list or map whose elements stand in the structure itself
  TimestampFormat json_time = TimestampFormat::kEpochSeconds;
  TimestampFormat xml_time = TimestampFormat::kIso8601;
};

struct ShapeFacts {
  ShapeKind kind = ShapeKind::kString;
  // Of a structure its members; of a list its element; of a map its key and its value.
  std::span<const MemberFacts> members{};
};

// Of one operation: indexes into ProtocolFacts::shapes, -1: none.
struct OperationShapes {
  std::int16_t input = -1;
  std::int16_t output = -1;
  std::string_view result_wrapper{};  // XML: "ListMetricsResult"
};

// What a service speaks besides its first protocol (operation.h).
struct ProtocolFacts {
  bool query = false;             // the Query protocol
  bool cbor = false;              // Smithy RPC v2 with CBOR
  bool query_compatible = false;  // the other protocols tell Query's error code in a header
  std::string_view api_version;   // "2010-08-01"
  std::string_view xml_namespace;
  std::span<const ShapeFacts> shapes;
  std::span<const OperationShapes> operations;  // beside ServiceFacts::operations
  // Errors by their shape's name, and what Query calls those.
  std::span<const std::pair<std::string_view, std::string_view>> error_codes;
};

}  // namespace millrace::wire
