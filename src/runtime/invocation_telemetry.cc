// What subscribers of the sandbox's telemetry are told of an invocation.
#include "runtime/invocation.h"

namespace millrace::runtime {

Telemetry* NodeInvocation::telemetry() const {
  Telemetry* telemetry = sandbox_->extensions ? sandbox_->extensions->telemetry() : nullptr;
  return telemetry != nullptr && telemetry->wanted() ? telemetry : nullptr;
}

void NodeInvocation::tell_init_began() {
  if (Telemetry* to = telemetry())
    to->platform_at(init_began_, "platform.initStart", init_start_record(function_));
}

void NodeInvocation::tell_init_done(std::string_view status, std::string_view error_type) {
  if (Telemetry* to = telemetry())
    to->platform("platform.initRuntimeDone", init_done_record(function_, status, error_type));
}

void NodeInvocation::tell_init_report(std::string_view status, std::string_view error_type, Micros took) {
  if (Telemetry* to = telemetry())
    to->platform("platform.initReport", init_report_record(function_, took, status, error_type));
}

// The runtime is done with the event, and so is the platform.
void NodeInvocation::tell_done(const ReportFacts& facts) {
  Telemetry* to = telemetry();
  if (to == nullptr) return;
  RuntimeDoneFacts done;
  done.request_id = facts.request_id;
  done.trace = invocation_.trace_header;
  done.status = facts.status.empty() ? "success" : facts.status;
  done.error_type = facts.error_type;
  done.started = outcome_.handler_started;
  done.duration = facts.duration;
  done.latency = std::min(latency_, facts.duration);
  done.produced_bytes = produced_bytes_;
  if (handler_began_) to->platform("platform.runtimeDone", runtime_done_record(done));
  to->platform("platform.end", R"({"requestId":")" + std::string(facts.request_id) + "\"}");
  to->platform("platform.report", report_record(function_, facts));
}

}  // namespace millrace::runtime
