// Event invocations: kept durably before the 202 leaves, run in the background, retried twice as AWS does, never lost by a
// crash (a crash may repeat the one that ran). What became of one goes to the function's destination, in the same write that removes it. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
//
// Waiting events are documents in the catalog, kind "lambda.event", named by due time and request id, so that a restart finds
// them in order. Threads: enqueue() any; run() on the owner's executor, which also runs the invocations.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/task.h"
#include "services/lambda/invocation.h"

namespace millrace::lambda {

struct PendingInvocation {
  FunctionName function;
  std::string request_id;
  std::string payload;
  std::string client_context;
  std::string trace_header;
  base::WallTime accepted{};
  base::WallTime due{};
  std::int32_t attempts = 0;   // failures of the function so far
  std::int32_t throttles = 0;  // times there was no place for it
};

struct AsyncOptions {
  std::chrono::milliseconds first_retry{60'000};  // AWS: one minute, then two
  std::chrono::milliseconds second_retry{120'000};
  std::chrono::milliseconds throttle_base{1'000};  // doubles up to throttle_most
  std::chrono::milliseconds throttle_most{300'000};
  std::chrono::milliseconds look_again{
      500};                    // how long a due event may wait for a look, when nobody woke the consumer
  std::uint32_t at_once = 64;  // invocations in flight
};

class AsyncInvocations {
 public:
  AsyncInvocations(Lambda& service, AsyncOptions options = {});
  ~AsyncInvocations();

  // True when it is durable.
  base::Task<bool> enqueue(PendingInvocation pending);
  // Runs what is due until stop(); completes when nothing it started is in flight, which must be before this object and the
  // executor go away. Spawn once.
  base::Task<> run();
  void stop();

 private:
  struct Waker;
  base::Task<> consider(PendingInvocation pending, std::string stored_name);
  struct Attempt;
  base::Task<> attempt(const PendingInvocation& pending, Attempt& made);
  std::string document(const PendingInvocation& pending, const Attempt& made) const;
  std::optional<PendingInvocation> follow_up(const PendingInvocation& pending, const Attempt& made) const;
  base::Task<> write_failure(const PendingInvocation& pending, const Attempt& made);
  base::Task<> settle(PendingInvocation pending, std::string stored_name,
                      std::optional<std::chrono::milliseconds> again_after,
                      std::optional<PendingInvocation> then = std::nullopt);
  base::Task<bool> start_due();
  void finished(const std::string& stored_name);
  bool is_idle();

  Lambda& service_;
  AsyncOptions options_;
  std::shared_ptr<Waker> waker_;
  std::mutex mutex_;
  std::set<std::string> running_;  // names in flight; guarded by mutex_
  std::atomic<bool> stopped_{false};
};

std::string encode_pending(const PendingInvocation& pending);
std::optional<PendingInvocation> decode_pending(std::string_view document);

}  // namespace millrace::lambda
