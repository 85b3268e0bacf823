// What a table's stream keeps of one change of one item, and the JSON that GetRecords and Lambda make of it. A record
// holds ready JSON, so both are copies of stored bytes (docs/formats/table.md). Pure; any thread.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "engines/table/table_definition.h"
#include "store/store.h"

namespace millrace::table {

enum class ChangeKind : std::uint8_t { kInsert = 1, kModify = 2, kRemove = 3 };
std::string_view change_kind_name(ChangeKind kind);  // "INSERT"

// Views: of the JSON to encode, or of the bytes that were decoded.
struct ChangeRecord {
  ChangeKind kind = ChangeKind::kInsert;
  StreamView view = StreamView::kKeysOnly;
  bool by_ttl = false;  // the deletion carries DynamoDB as its user
  base::WallTime created{};
  std::uint64_t size_bytes = 0;  // of keys and images, in DynamoDB bytes
  std::string_view keys;         // wire JSON of the key attributes
  std::string_view new_image;    // wire JSON, or empty where the view or the change has none
  std::string_view old_image;
};

std::string encode_change(const ChangeRecord& record);
// nullopt: not a change record. Takes a few dozen nanoseconds: nothing is parsed.
std::optional<ChangeRecord> decode_change(std::string_view bytes);

// Where a record stands, for its JSON.
struct ChangePosition {
  store::Sequence sequence = 0;
  std::string_view region;
  std::string_view stream_arn;
};
// 32 hexadecimal digits, the same whenever the record is read.
std::string change_event_id(const ChangePosition& position);
// Appends the record as Lambda gets it: eventID, eventName, eventVersion, eventSource, awsRegion, dynamodb,
// userIdentity (deletions by time to live), eventSourceARN.
void append_lambda_record(std::string& out, const ChangeRecord& record, const ChangePosition& position);

}  // namespace millrace::table
