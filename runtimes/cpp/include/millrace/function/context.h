// What a handler is told beside its event. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-next
#pragma once

#include <chrono>
#include <string>

namespace millrace::function {

struct Context {
  std::string request_id;            // UUID
  std::string invoked_function_arn;  // with the qualifier that was asked for
  std::string trace_id;              // X-Amzn-Trace-Id, or empty
  std::string client_context;        // JSON of mobile clients, or empty
  std::string identity;              // Cognito identity, JSON, or empty
  std::chrono::system_clock::time_point deadline{};

  // Of the process, the same for all its events.
  std::string function_name;
  std::string function_version;
  std::string log_group;
  std::string log_stream;
  int memory_limit_mb = 0;

  // Until the function is stopped; negative when that is overdue.
  std::chrono::milliseconds remaining() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::system_clock::now());
  }
};

// The part that comes from the environment variables of the process.
Context context_of_process();

}  // namespace millrace::function
