// The events of streams and queues.
#include "millrace/function/error.h"
#include "millrace/function/events/dynamodb.h"
#include "millrace/function/events/kinesis.h"
#include "millrace/function/events/sqs.h"
#include "text.h"

namespace millrace::function {
namespace {

std::string text(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double number(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_number() ? found->get<double>() : 0;
}

std::string bytes_of(const std::string& base64) {
  auto bytes = base64_decode(base64);
  if (!bytes) throw Error("Runtime.UnmarshalError", "a record's data is not base64");
  return std::move(*bytes);
}

Json failures_json(const std::vector<std::string>& failures) {
  Json list = Json::array();
  for (const std::string& id : failures)
    list.push_back({{"itemIdentifier", id}});
  return list;
}

std::optional<Item> image(const Json& change, const char* name) {
  const auto found = change.find(name);
  if (found == change.end()) return std::nullopt;
  return found->get<Item>();
}

DynamoDbRecord dynamodb_record(const Json& json) {
  DynamoDbRecord record;
  record.event_id = text(json, "eventID");
  record.event_name = text(json, "eventName");
  record.event_source_arn = text(json, "eventSourceARN");
  record.region = text(json, "awsRegion");
  if (const auto by = json.find("userIdentity"); by != json.end() && by->is_object())
    record.by_time_to_live = text(*by, "principalId") == "dynamodb.amazonaws.com";
  const Json& change = json.at("dynamodb");
  record.sequence_number = text(change, "SequenceNumber");
  record.stream_view_type = text(change, "StreamViewType");
  record.created = number(change, "ApproximateCreationDateTime");
  record.size_bytes = static_cast<std::int64_t>(number(change, "SizeBytes"));
  record.keys = image(change, "Keys").value_or(Item());
  record.new_image = image(change, "NewImage");
  record.old_image = image(change, "OldImage");
  return record;
}

SqsAttribute sqs_attribute(const Json& json) {
  SqsAttribute attribute;
  attribute.type = text(json, "dataType");
  const std::string binary = text(json, "binaryValue");
  attribute.value = attribute.type.starts_with("Binary") ? bytes_of(binary) : text(json, "stringValue");
  return attribute;
}

}  // namespace

void to_json(Json& json, const BatchResponse& response) {
  json = Json{{"batchItemFailures", failures_json(response.failures)}};
}

void to_json(Json& json, const WindowResponse& response) {
  json = Json{{"state", response.state}, {"batchItemFailures", failures_json(response.failures)}};
}

std::optional<Window> window_of(const Json& event) {
  const auto found = event.find("window");
  if (found == event.end()) return std::nullopt;
  Window window;
  window.start = text(*found, "start");
  window.end = text(*found, "end");
  window.state = event.value("state", Json::object());
  window.shard_id = text(event, "shardId");
  window.is_final = event.value("isFinalInvokeForWindow", false);
  window.terminated_early = event.value("isWindowTerminatedEarly", false);
  return window;
}

void from_json(const Json& json, DynamoDbEvent& event) {
  for (const Json& record : json.at("Records"))
    event.records.push_back(dynamodb_record(record));
  event.window = window_of(json);
}

void from_json(const Json& json, KinesisEvent& event) {
  for (const Json& given : json.at("Records")) {
    const Json& data = given.at("kinesis");
    KinesisRecord record;
    record.event_id = text(given, "eventID");
    record.event_source_arn = text(given, "eventSourceARN");
    record.region = text(given, "awsRegion");
    record.partition_key = text(data, "partitionKey");
    record.sequence_number = text(data, "sequenceNumber");
    record.arrived = number(data, "approximateArrivalTimestamp");
    record.data = bytes_of(text(data, "data"));
    event.records.push_back(std::move(record));
  }
  event.window = window_of(json);
}

void from_json(const Json& json, SqsEvent& event) {
  for (const Json& given : json.at("Records")) {
    SqsMessage message;
    message.message_id = text(given, "messageId");
    message.receipt_handle = text(given, "receiptHandle");
    message.body = text(given, "body");
    message.md5_of_body = text(given, "md5OfBody");
    message.event_source_arn = text(given, "eventSourceARN");
    message.region = text(given, "awsRegion");
    message.attributes = given.value("attributes", std::map<std::string, std::string>());
    const Json attributes = given.value("messageAttributes", Json::object());
    for (const auto& [name, attribute] : attributes.items())
      message.message_attributes[name] = sqs_attribute(attribute);
    event.messages.push_back(std::move(message));
  }
}

}  // namespace millrace::function
