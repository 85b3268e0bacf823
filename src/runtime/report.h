// The texts AWS defines around an invocation: the platform's log lines and the error documents. Pure functions.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html, /monitoring-cloudwatchlogs-advanced.html
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "runtime/function_spec.h"

namespace millrace::runtime {

using Micros = std::chrono::microseconds;

// JSON string with its quotes.
std::string json_string(std::string_view text);
// {"errorType":…,"errorMessage":…}
std::string error_document(std::string_view type, std::string_view message);
// errorType of such a document; empty when there is none.
std::string error_type_of(std::string_view document);
// "2026/11/21/[$LATEST]<id>"
std::string log_stream_name(base::WallTime now, std::string_view version, std::string_view id);
std::string iso_time(base::WallTime time);  // 2026-11-21T01:02:03.456Z

// How a process ended, as Lambda words it: "exit status 129", "signal: killed"; empty for exit 0.
std::string describe_exit(int wait_status);
std::string exit_message(std::string_view request_id,
                         std::string_view how);  // "RequestId: … Error: Runtime exited with error: …"
std::string timeout_message(
    std::string_view request_id,
    std::chrono::milliseconds timeout);  // "RequestId: … Error: Task timed out after 3.00 seconds"
std::string timeout_line(base::WallTime now, std::string_view request_id, std::chrono::milliseconds timeout);

struct ReportFacts {
  std::string_view request_id;
  Micros duration{0};
  Micros init{0};  // 0: warm
  std::uint32_t memory_used_mb = 0;
  std::string_view status;      // "", "error", "timeout"
  std::string_view error_type;  // with status "error"
};

// The records of platform events: JSON objects, as in JSON logs and in the Telemetry API.
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
std::string init_start_record(const FunctionSpec& function);
std::string init_done_record(const FunctionSpec& function, std::string_view status,
                             std::string_view error_type);
std::string init_report_record(const FunctionSpec& function, Micros took, std::string_view status,
                               std::string_view error_type);
std::string start_record(const FunctionSpec& function, std::string_view request_id, std::string_view trace);
std::string report_record(const FunctionSpec& function, const ReportFacts& facts);
// What the function took for its answer.
struct RuntimeDoneFacts {
  std::string_view request_id;
  std::string_view trace;
  std::string_view status;  // "success", "error", "timeout", "failure"
  std::string_view error_type;
  base::WallTime started;
  Micros duration{0};
  Micros latency{0};  // to the answer's first byte; 0: there was none
  std::uint64_t produced_bytes = 0;
};
std::string runtime_done_record(const RuntimeDoneFacts& facts);

// One line each, in the function's log format (Text or JSON); empty when the format or level leaves it out.
std::string init_start_line(const FunctionSpec& function, base::WallTime now);
std::string init_report_line(const FunctionSpec& function, base::WallTime now, Micros took,
                             std::string_view status, std::string_view error_type);
std::string start_line(const FunctionSpec& function, base::WallTime now, std::string_view request_id);
std::string end_line(const FunctionSpec& function, std::string_view request_id);
std::string report_line(const FunctionSpec& function, base::WallTime now, const ReportFacts& facts);

}  // namespace millrace::runtime
