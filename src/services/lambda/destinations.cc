#include "services/lambda/destinations.h"

#include <array>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "engines/object/object_name.h"
#include "services/lambda/record_json.h"
#include "shapes/lambda/errors.h"
#include "wire/json_writer.h"

namespace millrace::lambda {
namespace {

std::string_view service_name(std::string_view arn) {
  struct Service {
    std::string_view prefix, name;
  };
  static constexpr std::array<Service, 5> kServices{{{"arn:aws:sqs:", "SQS"},
                                                     {"arn:aws:sns:", "SNS"},
                                                     {"arn:aws:s3:", "S3"},
                                                     {"arn:aws:events:", "EventBridge"},
                                                     {"kafka://", "Kafka"}}};
  for (const Service& service : kServices) {
    if (arn.starts_with(service.prefix)) return service.name;
  }
  return {};
}

wire::ServiceError invalid(std::string_view arn) {
  return invalid_parameter_value_exception(fmt::format("The destination ARN {} is invalid.", arn));
}

wire::ServiceError not_served(std::string_view arn, std::string_view service) {
  return invalid_parameter_value_exception(
      fmt::format("This server does not serve {} yet, so {} cannot be a destination.", service, arn));
}

// JSON as it stands; anything else as a string.
std::string as_json(std::string_view text) {
  if (text.empty()) return "null";
  wire::JsonParser parser;
  if (parser.parse(text)) return std::string(text);
  std::string quoted;
  wire::append_json_string(quoted, text);
  return quoted;
}

}  // namespace

std::optional<FunctionName> function_of_arn(std::string_view arn) {
  const auto parts = base::split(arn, ':');
  if (parts.size() < 7 || parts.size() > 8 || parts[0] != "arn" || parts[2] != "lambda" ||
      parts[5] != "function" || parts[6].empty())
    return std::nullopt;
  return FunctionName{std::string(parts[4]), std::string(parts[3]), std::string(parts[6]),
                      parts.size() == 8 ? std::string(parts[7]) : ""};
}

std::optional<wire::ServiceError> refuse_destination(std::string_view arn, Outcome outcome) {
  if (arn.empty() || function_of_arn(arn)) return std::nullopt;
  if (outcome == Outcome::kFailure && !object::bucket_of_arn(arn).empty()) return std::nullopt;
  const std::string_view service = service_name(arn);
  if (service == "S3" && !object::bucket_of_arn(arn).empty())
    return invalid_parameter_value_exception(
        fmt::format("A bucket is a destination of failures only: {}.", arn));
  return service.empty() || service == "Kafka" ? invalid(arn) : not_served(arn, service);
}

std::optional<wire::ServiceError> refuse_stream_destination(std::string_view arn) {
  if (arn.empty() || !object::bucket_of_arn(arn).empty()) return std::nullopt;
  if (arn.starts_with("arn:aws:s3:")) return invalid(arn);
  const std::string_view service = service_name(arn);
  return service.empty() || service == "EventBridge" ? invalid(arn) : not_served(arn, service);
}

std::string destination_document(const InvocationRecord& record, base::WallTime now) {
  std::string time;
  wire::append_timestamp(time, std::chrono::floor<std::chrono::milliseconds>(now),
                         wire::TimestampFormat::kIso8601);
  RecordWriter context;
  context.text("requestId", record.request_id).text("functionArn", record.function_arn);
  context.text("condition", record.condition)
      .number("approximateInvokeCount", std::int64_t{record.invocations});
  RecordWriter out;
  out.text("version", std::string_view("1.0")).text("timestamp", std::string_view(time));
  out.raw("requestContext", context.finish()).raw("requestPayload", as_json(record.request_payload));
  if (!record.ran) return out.finish();
  RecordWriter response;
  response.number("statusCode", std::int64_t{200}).text("executedVersion", record.executed_version);
  if (record.failed) response.text("functionError", std::string_view("Unhandled"));
  out.raw("responseContext", response.finish()).raw("responsePayload", as_json(record.response_payload));
  return out.finish();
}

}  // namespace millrace::lambda
