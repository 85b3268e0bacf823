// What an extension asks for when it subscribes to telemetry, and the events in the words of the API it asked by. Pure.
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html, /runtimes-logs-api.html
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace millrace::runtime {

enum class TelemetryApi { kTelemetry, kLogs };  // 2022-07-01, 2020-08-15
enum class TelemetryKind { kPlatform, kFunction, kExtension };

struct TelemetryWish {
  TelemetryApi api = TelemetryApi::kTelemetry;
  std::string schema;
  bool platform = false;
  bool function = false;
  bool extension = false;
  bool tcp = false;  // newline delimited instead of HTTP
  std::string method = "POST";
  std::uint16_t port = 0;  // at the sandbox's own address
  std::string path = "/";
  std::size_t max_items = 10000;
  std::size_t max_bytes = 256u << 10;
  std::chrono::milliseconds timeout{1000};

  bool wants(TelemetryKind kind) const {
    return kind == TelemetryKind::kPlatform   ? platform
           : kind == TelemetryKind::kFunction ? function
                                              : extension;
  }
};

// The body of PUT /2022-07-01/telemetry or /2020-08-15/logs; an error is the text of AWS's ValidationError.
base::Result<TelemetryWish, std::string> read_telemetry_wish(TelemetryApi api, std::string_view body);

struct TelemetryEvent {
  TelemetryKind kind = TelemetryKind::kPlatform;
  base::WallTime time;
  std::string type;         // "platform.start"; of lines "function" or "extension"
  std::string record;       // platform: JSON; lines: the text
  bool structured = false;  // the line is a JSON object by the function's log format
};

// As the subscriber gets it; empty when its API or schema has no such event.
std::string encode_telemetry(const TelemetryWish& wish, const TelemetryEvent& event);
// "Platform, Function"
std::string telemetry_types_text(const TelemetryWish& wish);
// ["platform","function"]
std::string telemetry_types_json(const TelemetryWish& wish);

}  // namespace millrace::runtime
