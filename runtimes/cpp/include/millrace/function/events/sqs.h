// Batches of a queue. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
#pragma once

#include <map>
#include <string>
#include <vector>

#include "millrace/function/events/batch.h"

namespace millrace::function {

struct SqsAttribute {
  std::string type;   // "String", "Number", "Binary", or "Number.custom"
  std::string value;  // bytes decoded when it is binary
};

struct SqsMessage {
  std::string message_id;
  std::string receipt_handle;
  std::string body;
  std::string md5_of_body;
  std::string event_source_arn;
  std::string region;
  std::map<std::string, std::string> attributes;  // ApproximateReceiveCount, MessageGroupId, ...
  std::map<std::string, SqsAttribute> message_attributes;
};

struct SqsEvent {
  std::vector<SqsMessage> messages;
};
void from_json(const Json& json, SqsEvent& event);

}  // namespace millrace::function
