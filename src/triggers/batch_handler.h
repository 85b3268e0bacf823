// The door to the function, as triggers need it: one event in, one answer out.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "engines/catalog/event_source_mapping.h"

namespace millrace::triggers {

struct BatchAnswer {
  enum class Kind {
    kAnswered,  // the handler returned; `body` is its JSON
    kFailed,    // it threw, timed out, crashed or answered too much: counts as an attempt
    kNotRun,    // throttled, or the function cannot run now: does not count
  };
  Kind kind = Kind::kNotRun;
  std::string body;
  std::string problem;               // for the log
  std::string request_id;            // of the invocation; empty when there was none
  base::WallTime handler_started{};  // when the event was handed over; epoch when it was not
};

class BatchHandler {
 public:
  virtual ~BatchHandler() = default;
  // Cancelling the awaiting task ends the invocation. Any thread.
  virtual base::Task<BatchAnswer> handle(const catalog::EventSourceMapping& mapping, std::string event) = 0;
};

}  // namespace millrace::triggers
