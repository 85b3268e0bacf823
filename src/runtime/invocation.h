// One invocation in one sandbox, from loading the handler to REPORT. Made, run and destroyed on one thread. invocation.cc loads,
// hands over and ends; invocation_answer.cc takes the answer to its receiver.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/task.h"
#include "runtime/environment.h"
#include "runtime/invoker.h"
#include "runtime/pool.h"
#include "runtime/report.h"
#include "runtime/runtime.h"

namespace millrace::runtime {

// AWS's limit of a buffered answer: 6 MB and a little.
inline constexpr std::size_t kBufferedAnswerLimit = 6291556;

class NodeInvocation {
 public:
  NodeInvocation(const RuntimeOptions& options, const RuntimeWorld& world, std::shared_ptr<SandboxPool> pool,
                 SandboxPtr sandbox, Invocation invocation);
  ~NodeInvocation();  // a sandbox that was not finished with is discarded

  // The answer goes to `sink`. When finished() is false afterwards the handler still runs: finish() must be awaited by someone.
  base::Task<InvokeOutcome> run(ResponseSink& sink);
  // Without an event: loads the handler and gives the sandbox back. False when it cannot be loaded.
  base::Task<bool> warm();
  bool finished() const { return finished_; }
  // Waits, within the function's timeout or `patience`, for the sandbox to be ready again; nobody reads the answer.
  base::Task<> finish();

 private:
  // Kills the sandbox when time is up, which ends whatever wait is on its channel.
  struct Deadline {
    explicit Deadline(const boost::asio::any_io_executor& executor) : timer(executor) {}
    boost::asio::steady_timer timer;
    std::uint64_t round = 0;  // a wait that was overtaken by disarm() does nothing
    bool expired = false;
  };

  base::Task<bool> initialize();
  base::Task<bool> send_init();
  base::Task<std::string> furnish(Placement& placement);
  base::Task<bool> start_extensions();
  base::Task<bool> tell_extensions(std::int64_t deadline_ms);
  base::Task<> init_failed();
  base::Task<bool> hand_over();
  // Each returns false when the channel or the receiver failed; receiver_gone_ tells which.
  base::Task<> relay(ResponseSink& sink);
  base::Task<bool> buffered(ResponseSink& sink, FrameType type);
  base::Task<bool> stream_began(ResponseSink& sink);
  base::Task<bool> write_pieces(ResponseSink& sink);
  base::Task<bool> error_frame(FrameType type);
  base::Task<bool> take_memory();
  base::Task<std::string> take_text();
  base::Task<> lost();
  base::Task<> crashed();
  base::Task<std::string> log_exit();
  void timed_out();
  base::Task<> receiver_left();
  void answer_complete();
  void complete(std::string_view status);
  void arm(std::chrono::nanoseconds patience);
  void disarm();
  void fail(InvokeFailure failure, std::string error_json);
  // Where platform events go; null: nobody wants them.
  Telemetry* telemetry() const;
  void tell_init_began();
  void tell_init_done(std::string_view status, std::string_view error_type);
  void tell_init_report(std::string_view status, std::string_view error_type, Micros took);
  void tell_done(const ReportFacts& facts);

  const RuntimeOptions& options_;
  const RuntimeWorld& world_;
  std::shared_ptr<SandboxPool> pool_;
  SandboxPtr sandbox_;
  Invocation invocation_;
  const FunctionSpec& function_;
  InvokeOutcome outcome_;
  std::shared_ptr<Deadline> deadline_;
  base::WallTime init_began_{};
  base::SteadyTime started_;          // of the handler
  Micros latency_{0};                 // to its answer's first byte
  std::uint64_t produced_bytes_ = 0;  // of its answer
  std::uint32_t memory_kb_ = 0;
  bool handler_began_ = false;
  bool answer_done_ = false;  // the last byte, or the error, has come
  bool receiver_gone_ = false;
  bool ready_ = false;     // the sandbox waits for its next event
  bool finished_ = false;  // END and REPORT are out, the sandbox is given back
};

}  // namespace millrace::runtime
