// Batches of a Kinesis data stream. https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "millrace/function/events/batch.h"

namespace millrace::function {

struct KinesisRecord {
  std::string event_id;  // "shardId-000000000000:<sequence number>"
  std::string event_source_arn;
  std::string region;
  std::string partition_key;
  std::string sequence_number;
  double arrived = 0;  // seconds since the epoch
  std::string data;    // decoded
};

struct KinesisEvent {
  std::vector<KinesisRecord> records;
  std::optional<Window> window;
};
void from_json(const Json& json, KinesisEvent& event);

}  // namespace millrace::function
