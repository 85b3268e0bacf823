// Batches of a table's stream. https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "millrace/function/events/attribute_value.h"
#include "millrace/function/events/batch.h"

namespace millrace::function {

struct DynamoDbRecord {
  std::string event_id;
  std::string event_name;  // INSERT, MODIFY, REMOVE
  std::string event_source_arn;
  std::string region;
  std::string sequence_number;
  std::string stream_view_type;
  double created = 0;  // seconds since the epoch
  std::int64_t size_bytes = 0;
  Item keys;
  std::optional<Item> new_image;
  std::optional<Item> old_image;
  bool by_time_to_live = false;  // removed because its time was over
};

struct DynamoDbEvent {
  std::vector<DynamoDbRecord> records;
  std::optional<Window> window;
};
void from_json(const Json& json, DynamoDbEvent& event);

}  // namespace millrace::function
