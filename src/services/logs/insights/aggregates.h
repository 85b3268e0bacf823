// What `stats` gathers. Internal to the room; one thread.
#pragma once

#include <memory>
#include <vector>

#include "services/logs/insights/query.h"

namespace millrace::logs::insights {

class Gatherer {
 public:
  virtual ~Gatherer() = default;
  // `arguments` of one record; `time` is its @timestamp.
  virtual void add(const std::vector<Value>& arguments, const Value& time) = 0;
  virtual Value result() = 0;
};

// The name and the number of arguments are known to be good.
std::unique_ptr<Gatherer> make_gatherer(std::string_view function);

}  // namespace millrace::logs::insights
