// What the events of streams and queues share. https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-batchfailurereporting.html
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "millrace/function/json.h"

namespace millrace::function {

// An answer that names the records which failed; of a stream the first one is enough. Needs ReportBatchItemFailures.
struct BatchResponse {
  std::vector<std::string> failures;  // sequence numbers, or message ids of a queue
};
void to_json(Json& json, const BatchResponse& response);

// The tumbling window that a batch of a stream belongs to.
struct Window {
  std::string start;  // ISO 8601
  std::string end;
  Json state;  // what the last answer of this window gave
  std::string shard_id;
  bool is_final = false;
  bool terminated_early = false;
};
std::optional<Window> window_of(const Json& event);

// The answer within a window.
struct WindowResponse {
  Json state = Json::object();
  std::vector<std::string> failures;
};
void to_json(Json& json, const WindowResponse& response);

}  // namespace millrace::function
