#include "runtime/report.h"

#include <csignal>
#include <ctime>
#include <iterator>
#include <sys/wait.h>

#include <fmt/format.h>
#include <simdjson.h>

namespace millrace::runtime {
namespace {

double millis(Micros value) {
  return static_cast<double>(value.count()) / 1000.0;
}

std::int64_t billed(const ReportFacts& facts) {
  return ((facts.duration + facts.init).count() + 999) / 1000;
}

bool is_json(const FunctionSpec& function) {
  return function.log_format == "JSON";
}

std::string json_line(base::WallTime now, std::string_view type, std::string_view record) {
  return fmt::format(R"({{"time":"{}","type":"{}","record":{}}})", iso_time(now), type, record);
}

std::string_view initialization_type(const FunctionSpec& function) {
  return function.provisioned ? "provisioned-concurrency" : "on-demand";
}

std::string runtime_version(const FunctionSpec& function) {
  return fmt::format("{}:millrace", function.runtime_id);
}

std::string runtime_arn(const FunctionSpec& function) {
  return fmt::format("arn:aws:lambda:{}::runtime:millrace", function.region);
}

std::string error_member(std::string_view type) {
  return type.empty() ? std::string() : fmt::format(R"(,"errorType":{})", json_string(type));
}

std::string tracing_member(std::string_view trace) {
  return trace.empty()
             ? std::string()
             : fmt::format(R"(,"tracing":{{"type":"X-Amzn-Trace-Id","value":{}}})", json_string(trace));
}

std::string_view signal_name(int number) {
  switch (number) {
    case SIGKILL:
      return "killed";
    case SIGTERM:
      return "terminated";
    case SIGABRT:
      return "aborted";
    case SIGSEGV:
      return "segmentation fault";
    case SIGBUS:
      return "bus error";
    case SIGILL:
      return "illegal instruction";
    case SIGFPE:
      return "floating point exception";
    case SIGTRAP:
      return "trace/breakpoint trap";
    case SIGHUP:
      return "hangup";
    case SIGINT:
      return "interrupt";
    case SIGQUIT:
      return "quit";
    case SIGPIPE:
      return "broken pipe";
    default:
      return {};
  }
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
  return out;
}

std::string error_document(std::string_view type, std::string_view message) {
  return fmt::format(R"({{"errorType":{},"errorMessage":{}}})", json_string(type), json_string(message));
}

std::string error_type_of(std::string_view document) {
  simdjson::dom::parser parser;
  std::string_view type;
  if (parser.parse(document.data(), document.size())["errorType"].get(type) != simdjson::SUCCESS) return {};
  return std::string(type);
}

std::string log_stream_name(base::WallTime now, std::string_view version, std::string_view id) {
  const std::string day = iso_time(now).substr(0, 10);
  return fmt::format("{}/{}/{}/[{}]{}", day.substr(0, 4), day.substr(5, 2), day.substr(8, 2), version, id);
}

std::string iso_time(base::WallTime time) {
  const std::int64_t total = base::unix_millis(time);
  const std::time_t seconds = static_cast<std::time_t>(total / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, total % 1000);
}

std::string describe_exit(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const std::string_view name = signal_name(WTERMSIG(wait_status));
    return name.empty() ? fmt::format("signal: {}", WTERMSIG(wait_status)) : fmt::format("signal: {}", name);
  }
  const int code = WEXITSTATUS(wait_status);
  return code == 0 ? std::string() : fmt::format("exit status {}", code);
}

std::string exit_message(std::string_view request_id, std::string_view how) {
  if (how.empty())
    return fmt::format("RequestId: {} Error: Runtime exited without providing a reason", request_id);
  return fmt::format("RequestId: {} Error: Runtime exited with error: {}", request_id, how);
}

std::string timeout_message(std::string_view request_id, std::chrono::milliseconds timeout) {
  return fmt::format("RequestId: {} Error: Task timed out after {:.2f} seconds", request_id,
                     static_cast<double>(timeout.count()) / 1000);
}

std::string timeout_line(base::WallTime now, std::string_view request_id, std::chrono::milliseconds timeout) {
  return fmt::format("{} {} Task timed out after {:.2f} seconds", iso_time(now), request_id,
                     static_cast<double>(timeout.count()) / 1000);
}

std::string init_start_record(const FunctionSpec& function) {
  return fmt::format(
      R"({{"initializationType":"{}","phase":"init","runtimeVersion":{},"runtimeVersionArn":{},)"
      R"("functionName":{},"functionVersion":{}}})",
      initialization_type(function), json_string(runtime_version(function)),
      json_string(runtime_arn(function)), json_string(function.name), json_string(function.version));
}

std::string init_done_record(const FunctionSpec& function, std::string_view status,
                             std::string_view error_type) {
  return fmt::format(R"({{"initializationType":"{}","phase":"init","status":"{}"{}}})",
                     initialization_type(function), status, error_member(error_type));
}

std::string init_report_record(const FunctionSpec& function, Micros took, std::string_view status,
                               std::string_view error_type) {
  return fmt::format(
      R"({{"initializationType":"{}","phase":"init","status":"{}"{},"metrics":{{"durationMs":{:.3f}}}}})",
      initialization_type(function), status, error_member(error_type), millis(took));
}

std::string start_record(const FunctionSpec& function, std::string_view request_id, std::string_view trace) {
  return fmt::format(R"({{"requestId":"{}","version":{}{}}})", request_id, json_string(function.version),
                     tracing_member(trace));
}

std::string runtime_done_record(const RuntimeDoneFacts& facts) {
  std::string spans;
  if (facts.latency.count() > 0) {
    const auto first = facts.started + facts.latency;
    spans = fmt::format(R"(,"spans":[{{"name":"responseLatency","start":"{}","durationMs":{:.3f}}},)"
                        R"({{"name":"responseDuration","start":"{}","durationMs":{:.3f}}}])",
                        iso_time(facts.started), millis(facts.latency), iso_time(first),
                        millis(facts.duration - facts.latency));
  }
  return fmt::format(
      R"({{"requestId":"{}","status":"{}"{}{}{},"metrics":{{"durationMs":{:.3f},"producedBytes":{}}}}})",
      facts.request_id, facts.status, error_member(facts.error_type), tracing_member(facts.trace), spans,
      millis(facts.duration), facts.produced_bytes);
}

std::string report_record(const FunctionSpec& function, const ReportFacts& facts) {
  const std::string init = facts.init.count() == 0
                               ? std::string()
                               : fmt::format(R"(,"initDurationMs":{:.3f})", millis(facts.init));
  return fmt::format(
      R"({{"requestId":"{}","metrics":{{"durationMs":{:.3f},"billedDurationMs":{},"memorySizeMB":{},)"
      R"("maxMemoryUsedMB":{}{}}},"status":"{}"{}}})",
      facts.request_id, millis(facts.duration), billed(facts), function.memory_mb, facts.memory_used_mb, init,
      facts.status.empty() ? "success" : facts.status, error_member(facts.error_type));
}

std::string init_start_line(const FunctionSpec& function, base::WallTime now) {
  if (is_json(function)) return json_line(now, "platform.initStart", init_start_record(function));
  return fmt::format("INIT_START Runtime Version: {}\tRuntime Version ARN: {}", runtime_version(function),
                     runtime_arn(function));
}

std::string init_report_line(const FunctionSpec& function, base::WallTime now, Micros took,
                             std::string_view status, std::string_view error_type) {
  if (is_json(function))
    return json_line(now, "platform.initReport", init_report_record(function, took, status, error_type));
  const std::string error = error_type.empty() ? std::string() : fmt::format("\tError Type: {}", error_type);
  return fmt::format("INIT_REPORT Init Duration: {:.2f} ms\tPhase: init\tStatus: {}{}", millis(took), status,
                     error);
}

std::string start_line(const FunctionSpec& function, base::WallTime now, std::string_view request_id) {
  if (is_json(function)) return json_line(now, "platform.start", start_record(function, request_id, {}));
  return fmt::format("START RequestId: {} Version: {}", request_id, function.version);
}

std::string end_line(const FunctionSpec& function, std::string_view request_id) {
  return is_json(function) ? std::string() : fmt::format("END RequestId: {}", request_id);
}

std::string report_line(const FunctionSpec& function, base::WallTime now, const ReportFacts& facts) {
  if (is_json(function)) return json_line(now, "platform.report", report_record(function, facts));
  std::string line = fmt::format(
      "REPORT RequestId: {}\tDuration: {:.2f} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory "
      "Used: {} MB\t",
      facts.request_id, millis(facts.duration), billed(facts), function.memory_mb, facts.memory_used_mb);
  if (facts.init.count() != 0)
    fmt::format_to(std::back_inserter(line), "Init Duration: {:.2f} ms\t", millis(facts.init));
  if (!facts.status.empty()) fmt::format_to(std::back_inserter(line), "Status: {}", facts.status);
  if (!facts.error_type.empty())
    fmt::format_to(std::back_inserter(line), "\tError Type: {}", facts.error_type);
  return line;
}

}  // namespace millrace::runtime
