#include "engines/catalog/event_source_mapping_codec.h"

#include "store/tuple.h"

namespace millrace::catalog {

namespace {

constexpr char kTag = 'e';
constexpr char kVersion = 1;

// One list of fields for both directions: Writer and Reader have the same calls.
struct Writer {
  std::string out;
  bool good = true;
  void number(std::uint64_t value) { store::append_u64(out, value); }
  void text(const std::string& value) {
    store::append_u64(out, value.size());
    out += value;
  }
};

struct Reader {
  std::string_view in;
  bool good = true;
  template <class Number>
  void number(Number& value) {
    const auto taken = store::take_u64(in);
    good = good && taken;
    if (taken) value = static_cast<Number>(*taken);
  }
  void text(std::string& value) {
    std::uint64_t size = 0;
    number(size);
    good = good && size <= in.size();
    if (!good) return;
    value = in.substr(0, size);
    in.remove_prefix(size);
  }
};

void put_time(Writer& writer, base::WallTime time) {
  writer.number(static_cast<std::uint64_t>(time.time_since_epoch().count()));
}
void put_time(Reader& reader, base::WallTime& time) {
  std::int64_t count = 0;
  reader.number(count);
  time = base::WallTime(std::chrono::microseconds(count));
}

template <class Coder, class Settings>
void settings_fields(Coder& coder, Settings& settings) {
  coder.number(settings.batch_size);
  coder.number(settings.batching_window_seconds);
  coder.number(settings.parallelization_factor);
  coder.number(settings.maximum_record_age_seconds);
  coder.number(settings.maximum_retry_attempts);
  coder.number(settings.bisect_on_error);
  coder.number(settings.report_batch_item_failures);
  coder.number(settings.tumbling_window_seconds);
  coder.text(settings.on_failure_destination);
}

template <class Coder, class Mapping>
void plain_fields(Coder& coder, Mapping& mapping) {
  coder.text(mapping.uuid);
  coder.text(mapping.account);
  coder.text(mapping.region);
  coder.text(mapping.event_source_arn);
  coder.text(mapping.function_arn);
  coder.number(mapping.enabled);
  coder.text(mapping.state_reason);
  put_time(coder, mapping.last_modified);
  coder.number(mapping.version);
  coder.number(mapping.created_at);
  settings_fields(coder, mapping.settings);
}

}  // namespace

std::string mappings_prefix() {
  return {kTag, 'm'};
}

std::string mapping_key(std::string_view uuid) {
  std::string key = mappings_prefix();
  store::append_bytes(key, uuid);
  return key;
}

std::string pair_key(const EventSourceMapping& mapping) {
  std::string key = {kTag, 'u'};
  store::append_bytes(key, mapping.event_source_arn);
  store::append_bytes(key, mapping.function_arn);
  return key;
}

std::string result_key(std::string_view uuid) {
  std::string key = {kTag, 'r'};
  store::append_bytes(key, uuid);
  return key;
}

std::string positions_prefix(std::string_view uuid) {
  std::string key = {kTag, 'p'};
  store::append_bytes(key, uuid);
  return key;
}

std::string windows_prefix(std::string_view uuid) {
  std::string key = {kTag, 'w'};
  store::append_bytes(key, uuid);
  return key;
}

std::string window_key(std::string_view uuid, store::LogId shard, std::uint32_t lane) {
  std::string key = windows_prefix(uuid);
  store::append_u64(key, shard);
  store::append_u64(key, lane);
  return key;
}

std::string position_key(std::string_view uuid, store::LogId shard) {
  std::string key = positions_prefix(uuid);
  store::append_u64(key, shard);
  return key;
}

std::string encode_position(store::Sequence position) {
  std::string bytes;
  store::append_u64(bytes, position);
  return bytes;
}

std::optional<store::Sequence> decode_position(std::string_view bytes) {
  return store::take_u64(bytes);
}

std::string encode_mapping(const EventSourceMapping& mapping) {
  Writer writer{std::string(1, kVersion)};
  plain_fields(writer, mapping);
  writer.number(static_cast<std::uint64_t>(mapping.state));
  writer.number(static_cast<std::uint64_t>(mapping.starting_position));
  writer.number(mapping.starting_timestamp.has_value());
  put_time(writer, mapping.starting_timestamp.value_or(base::WallTime{}));
  writer.number(mapping.settings.filters.size());
  for (const auto& filter : mapping.settings.filters)
    writer.text(filter);
  writer.number(mapping.tags.size());
  for (const auto& [name, value] : mapping.tags) {
    writer.text(name);
    writer.text(value);
  }
  return std::move(writer.out);
}

std::optional<EventSourceMapping> decode_mapping(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kVersion) return std::nullopt;
  Reader reader{bytes.substr(1)};
  EventSourceMapping mapping;
  plain_fields(reader, mapping);
  reader.number(mapping.state);
  reader.number(mapping.starting_position);
  bool has_time = false;
  reader.number(has_time);
  base::WallTime time;
  put_time(reader, time);
  if (has_time) mapping.starting_timestamp = time;
  std::uint64_t count = 0;
  reader.number(count);
  for (; reader.good && count > 0; --count)
    reader.text(mapping.settings.filters.emplace_back());
  reader.number(count);
  for (; reader.good && count > 0; --count) {
    std::string name, value;
    reader.text(name);
    reader.text(value);
    mapping.tags.emplace(std::move(name), std::move(value));
  }
  if (!reader.good || !reader.in.empty()) return std::nullopt;
  return mapping;
}

}  // namespace millrace::catalog
