// What a query's commands work on: a log event with the fields that were found in it and those that commands made, or a row
// of a table that `stats` made. One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/logs/insights/value.h"

namespace millrace::logs::insights {

// A log event as a query sees it.
struct Event {
  Time timestamp;
  Time ingested;
  std::string message;  // UTF-8
  std::string stream;
  std::string log;         // "account:group"
  std::string pointer;     // what GetLogRecord finds it by
  std::string request_id;  // empty: not part of an invocation
};

class Record {
 public:
  Record() = default;  // a row without an event
  explicit Record(Event event) : event_(std::make_unique<Event>(std::move(event))) {}

  // What a command made of that name; else a field of the event: @timestamp, @message, @logStream, @log, @ingestionTime,
  // @ptr; of a function's own lines @requestId, @type, @duration, @billedDuration, @memorySize, @maxMemoryUsed,
  // @initDuration; else the member at that path of a JSON message ("user.id", "list.0"). Nothing when there is none.
  Value get(std::string_view name) const;
  void set(std::string name, Value value);
  bool has_event() const { return event_ != nullptr; }
  // Names that get() knows, for GetLogRecord and GetLogGroupFields.
  std::vector<std::string> names() const;

 private:
  using Fields = std::vector<std::pair<std::string, Value>>;
  const Fields& found() const;

  std::unique_ptr<const Event> event_;
  Fields made_;
  mutable std::unique_ptr<Fields> found_;  // looked for once, when somebody asks
};

}  // namespace millrace::logs::insights
