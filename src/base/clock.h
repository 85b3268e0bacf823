// Time, handed in so that tests own it. Wall time is what clients see (UTC); steady time is for durations and
// timers. All members may be called from any thread.
#pragma once

#include <chrono>
#include <memory>

#include "base/task.h"

namespace millrace::base {

using WallTime = std::chrono::sys_time<std::chrono::microseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() const = 0;
  virtual SteadyTime steady_now() const = 0;
  // Waits without blocking the thread; ends early, without error, when the awaiting task is cancelled.
  virtual Task<> sleep_until(SteadyTime when) = 0;
  Task<> sleep_for(std::chrono::nanoseconds duration) {
    return sleep_until(steady_now() + std::chrono::duration_cast<SteadyTime::duration>(duration));
  }
};

// The machine's clocks, with Asio timers on the awaiting task's executor.
std::unique_ptr<Clock> make_system_clock();

inline std::int64_t unix_millis(WallTime t) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count();
}
inline std::int64_t unix_seconds(WallTime t) {
  return std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count();
}

}  // namespace millrace::base
