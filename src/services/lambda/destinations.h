// Where the outcome of asynchronous invocations goes: which destinations can be had, and AWS's document. Pure.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "services/lambda/function_name.h"
#include "wire/error.h"

namespace millrace::lambda {

// The function that such an ARN names; nullopt when it names none.
std::optional<FunctionName> function_of_arn(std::string_view arn);

// Of PutFunctionEventInvokeConfig: functions can be had, and buckets for failures; queues, topics and buses cannot before this
// server has them.
enum class Outcome { kSuccess, kFailure };
std::optional<wire::ServiceError> refuse_destination(std::string_view arn, Outcome outcome);
// Of mappings on streams, where AWS takes queues, topics and buckets, and no functions. Buckets can be had.
std::optional<wire::ServiceError> refuse_stream_destination(std::string_view arn);

struct InvocationRecord {
  std::string_view request_id;
  std::string_view function_arn;  // with the qualifier
  std::string_view condition;     // Success, RetriesExhausted, EventAgeExceeded
  std::int32_t invocations = 0;
  std::string_view request_payload;  // JSON, or empty
  bool ran = false;                  // whether there is a response
  std::string_view executed_version;
  bool failed = false;
  std::string_view response_payload;
};
std::string destination_document(const InvocationRecord& record, base::WallTime now);

}  // namespace millrace::lambda
