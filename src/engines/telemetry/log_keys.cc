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
  const std::optional<std::uint64_t> serial = store::take_u64(key);
  const std::optional<std::uint64_t> ingested = store::take_u64(value);
  if (!time || !serial || !ingested) return false;
  std::optional<std::string> stream = store::take_bytes(value);
  std::optional<std::string> request_id = stream ? store::take_bytes(value) : std::nullopt;
  if (!request_id) return false;
  out.stream = std::move(*stream);
  out.request_id = std::move(*request_id);
  out.message = value;
  out.time = from_micros(*time);
  out.serial = *serial;
  out.ingested = from_micros(*ingested);
  return true;
}

std::string stream_key(const GroupKey& group, std::string_view stream) {
  std::string key = group_prefix('s', group);
  store::append_bytes(key, stream);
  return key;
}

StreamInfo empty_stream(base::WallTime created) {
  return {"", base::WallTime::max(), base::WallTime{}, created, base::WallTime{}};
}

std::string stream_value(const StreamInfo& info) {
  std::string value;
  for (const base::WallTime time : {info.first, info.last, info.created, info.ingested})
    store::append_u64(value, micros(time));
  return value;
}

bool decode_stream(std::string_view value, StreamInfo& out) {
  const std::optional<std::uint64_t> first = store::take_u64(value);
  const std::optional<std::uint64_t> last = store::take_u64(value);
  if (!first || !last) return false;
  out.first = from_micros(*first);
  out.last = from_micros(*last);
  out.created = from_micros(store::take_u64(value).value_or(*first));
  out.ingested = from_micros(store::take_u64(value).value_or(*last));
  return true;
}

std::string group_value(const GroupInfo& info) {
  std::string value;
  store::append_u64(value, micros(info.created));
  store::append_u64(value, info.retention_days);
  store::append_u64(value, info.deletion_protection ? 1 : 0);
  store::append_bytes(value, info.group_class);
  store::append_bytes(value, info.kms_key_id);
  for (const auto& [name, text] : info.tags) {
    store::append_bytes(value, name);
    store::append_bytes(value, text);
  }
  return value;
}

bool decode_group(std::string_view value, GroupInfo& out) {
  const std::optional<std::uint64_t> created = store::take_u64(value);
  const std::optional<std::uint64_t> retention = store::take_u64(value);
  const std::optional<std::uint64_t> flags = store::take_u64(value);
  if (!created || !retention || !flags) return false;
  std::optional<std::string> group_class = store::take_bytes(value);
  std::optional<std::string> kms = group_class ? store::take_bytes(value) : std::nullopt;
  if (!kms) return false;
  out.created = from_micros(*created);
  out.retention_days = static_cast<std::uint32_t>(*retention);
  out.deletion_protection = (*flags & 1) != 0;
  out.group_class = std::move(*group_class);
  out.kms_key_id = std::move(*kms);
  out.tags.clear();
  while (!value.empty()) {
    std::optional<std::string> name = store::take_bytes(value);
    std::optional<std::string> text = name ? store::take_bytes(value) : std::nullopt;
    if (!text) return false;
    out.tags.emplace(std::move(*name), std::move(*text));
  }
  return true;
}

std::string size_value(std::uint64_t bytes) {
  std::string out;
  store::append_u64(out, bytes);
  return out;
}

base::Result<std::uint64_t, store::StoreError> stored_bytes(store::Reader& view, std::string_view size_key) {
  auto stored = view.get(size_key);
  if (!stored) return base::fail(stored.error());
  if (!*stored) return std::uint64_t{0};
  std::string_view bytes = **stored;
  return store::take_u64(bytes).value_or(0);
}

}  // namespace millrace::telemetry
