#include "engines/table/change_record.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "engines/stream/stream.h"
#include "engines/table/item_codec.h"
#include "store/tuple.h"

namespace millrace::table {
namespace {

constexpr char kFormat = 1;
constexpr std::uint8_t kByTtl = 1;

void append_part(std::string& out, std::string_view part) {
  store::append_u64(out, part.size());
  out += part;
}

std::optional<std::string_view> take_part(std::string_view& bytes) {
  const auto size = store::take_u64(bytes);
  if (!size || *size > bytes.size()) return std::nullopt;
  const std::string_view part = bytes.substr(0, *size);
  bytes.remove_prefix(*size);
  return part;
}

void append_change(std::string& out, const ChangeRecord& record, const ChangePosition& position) {
  const auto millis = base::unix_millis(record.created);
  fmt::format_to(std::back_inserter(out),
                 R"({{"eventID":"{}","eventName":"{}","eventVersion":"1.1","eventSource":"aws:dynamodb",)",
                 change_event_id(position), change_kind_name(record.kind));
  out += "\"awsRegion\":";
  append_json_string(out, position.region);
  // AWS gives whole seconds.
  fmt::format_to(std::back_inserter(out), R"(,"dynamodb":{{"ApproximateCreationDateTime":{},"Keys":)",
                 millis / 1000);
  out += record.keys;
  if (!record.new_image.empty()) out.append(",\"NewImage\":").append(record.new_image);
  if (!record.old_image.empty()) out.append(",\"OldImage\":").append(record.old_image);
  fmt::format_to(std::back_inserter(out), R"(,"SequenceNumber":"{}","SizeBytes":{},"StreamViewType":"{}"}})",
                 stream::sequence_text(position.sequence), record.size_bytes, stream_view_name(record.view));
}

}  // namespace

std::string change_event_id(const ChangePosition& position) {
  std::string seed(position.stream_arn);
  store::append_u64(seed, position.sequence);
  return base::hex_encode(base::md5(seed));
}

std::string_view change_kind_name(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kInsert:
      return "INSERT";
    case ChangeKind::kModify:
      return "MODIFY";
    case ChangeKind::kRemove:
      return "REMOVE";
  }
  return "";
}

std::string encode_change(const ChangeRecord& record) {
  std::string out;
  out.reserve(44 + record.keys.size() + record.new_image.size() + record.old_image.size());
  out += kFormat;
  out += static_cast<char>(record.kind);
  out += static_cast<char>(record.view);
  out += static_cast<char>(record.by_ttl ? kByTtl : 0);
  store::append_u64(out, static_cast<std::uint64_t>(record.created.time_since_epoch().count()));
  store::append_u64(out, record.size_bytes);
  append_part(out, record.keys);
  append_part(out, record.new_image);
  append_part(out, record.old_image);
  return out;
}

std::optional<ChangeRecord> decode_change(std::string_view bytes) {
  if (bytes.size() < 4 || bytes[0] != kFormat) return std::nullopt;
  ChangeRecord record;
  record.kind = static_cast<ChangeKind>(bytes[1]);
  record.view = static_cast<StreamView>(bytes[2]);
  record.by_ttl = (static_cast<std::uint8_t>(bytes[3]) & kByTtl) != 0;
  bytes.remove_prefix(4);
  const auto created = store::take_u64(bytes);
  const auto size = store::take_u64(bytes);
  if (!created || !size) return std::nullopt;
  record.created = base::WallTime(std::chrono::microseconds(static_cast<std::int64_t>(*created)));
  record.size_bytes = *size;
  const auto keys = take_part(bytes);
  const auto new_image = keys ? take_part(bytes) : std::nullopt;
  const auto old_image = new_image ? take_part(bytes) : std::nullopt;
  if (!old_image || !bytes.empty()) return std::nullopt;
  record.keys = *keys;
  record.new_image = *new_image;
  record.old_image = *old_image;
  return record;
}

void append_lambda_record(std::string& out, const ChangeRecord& record, const ChangePosition& position) {
  append_change(out, record, position);
  if (record.by_ttl) out += R"(,"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"})";
  out += ",\"eventSourceARN\":";
  append_json_string(out, position.stream_arn);
  out += '}';
}

}  // namespace millrace::table
