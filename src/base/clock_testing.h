// Time that moves when a test says so; a sleep ends at once.
#pragma once

#include "base/clock.h"

namespace millrace::base {

class StillClock final : public Clock {
 public:
  WallTime now() const override { return wall_; }
  SteadyTime steady_now() const override { return steady_; }
  Task<> sleep_until(SteadyTime) override { co_return; }
  // Both clocks; back as well, which a wall clock may do.
  void advance(std::chrono::microseconds by) {
    wall_ += by;
    steady_ += by;
  }

 private:
  WallTime wall_{std::chrono::seconds(1'800'000'000)};
  SteadyTime steady_{};
};

}  // namespace millrace::base
