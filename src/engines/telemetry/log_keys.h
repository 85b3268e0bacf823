// Keys and values of log events (docs/formats/telemetry.md). Internal to the room; pure.
#pragma once

#include <string>
#include <string_view>

#include "engines/telemetry/log_store.h"
#include "store/tuple.h"

namespace millrace::telemetry {

inline std::uint64_t micros(base::WallTime time) {
  const auto count = time.time_since_epoch().count();
  return count < 0 ? 0 : static_cast<std::uint64_t>(count);
}
inline base::WallTime from_micros(std::uint64_t value) {
  return base::WallTime(std::chrono::microseconds(static_cast<std::int64_t>(value)));
}

std::string group_prefix(char part, const GroupKey& group);
std::string event_key(const GroupKey& group, base::WallTime time, std::uint64_t serial);
std::string event_value(const LogEvent& event);
// False: the bytes do not decode. `key` without its group prefix.
bool decode_event(std::string_view key, std::string_view value, LogEvent& out);
std::string stream_key(const GroupKey& group, std::string_view stream);
std::string stream_value(const StreamInfo& info);
// Reads what earlier versions wrote (first and last only) too.
bool decode_stream(std::string_view value, StreamInfo& out);
StreamInfo empty_stream(base::WallTime created);
std::string group_value(const GroupInfo& info);
bool decode_group(std::string_view value, GroupInfo& out);
std::string size_value(std::uint64_t bytes);
base::Result<std::uint64_t, store::StoreError> stored_bytes(store::Reader& view, std::string_view size_key);

}  // namespace millrace::telemetry
