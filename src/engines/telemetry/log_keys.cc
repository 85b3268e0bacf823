#include "engines/telemetry/log_keys.h"

namespace millrace::telemetry {

std::string group_prefix(char part, const GroupKey& group) {
  std::string key;
  store::append_tag(key, 'l');
  store::append_tag(key, part);
  store::append_bytes(key, group.account);
  store::append_bytes(key, group.region);
  store::append_bytes(key, group.name);
  return key;
}

std::string event_key(const GroupKey& group, base::WallTime time, std::uint64_t serial) {
  std::string key = group_prefix('e', group);
  store::append_u64(key, micros(time));
  store::append_u64(key, serial);
  return key;
}

std::string event_value(const LogEvent& event) {
  std::string value;
  store::append_u64(value, micros(event.ingested));
  store::append_bytes(value, event.stream);
  store::append_bytes(value, event.request_id);
  value.append(event.message);
  return value;
}

bool decode_event(std::string_view key, std::string_view value, LogEvent& out) {
  const std::optional<std::uint64_t> time = store::take_u64(key);
  const std::optional<std::uint64_t> ingested = store::take_u64(value);
  if (!time || !ingested) return false;
  std::optional<std::string> stream = store::take_bytes(value);
  std::optional<std::string> request_id = stream ? store::take_bytes(value) : std::nullopt;
  if (!request_id) return false;
  out.stream = std::move(*stream);
  out.request_id = std::move(*request_id);
  out.message = value;
  out.time = from_micros(*time);
  out.ingested = from_micros(*ingested);
  return true;
}

std::string stream_value(base::WallTime first, base::WallTime last) {
  std::string value;
  store::append_u64(value, micros(first));
  store::append_u64(value, micros(last));
  return value;
}

bool decode_stream(std::string_view value, StreamInfo& out) {
  const std::optional<std::uint64_t> first = store::take_u64(value);
  const std::optional<std::uint64_t> last = store::take_u64(value);
  if (!first || !last) return false;
  out.first = from_micros(*first);
  out.last = from_micros(*last);
  return true;
}

}  // namespace millrace::telemetry
