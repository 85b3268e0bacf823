// The Insights queries that were asked lately, with their answers. In memory: a query is over in less time than a client takes to
// ask for its answer, and nobody asks for one of before a restart. Any thread; nothing waits.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engines/telemetry/log_store.h"
#include "services/logs/insights/query.h"

namespace millrace::logs {

struct FinishedQuery {
  std::string id;
  std::string text;
  std::vector<telemetry::GroupKey> groups;  // all of one account and region
  base::WallTime asked;
  base::WallTime finished;
  std::vector<insights::Row> rows;
  std::size_t matched = 0;
  std::size_t scanned = 0;
  std::size_t scanned_bytes = 0;
};
using FinishedQueryPtr = std::shared_ptr<const FinishedQuery>;

class Queries {
 public:
  // The oldest go when there are more than kMost.
  void add(FinishedQueryPtr query);
  // Null: never asked in this account and region, or long ago.
  FinishedQueryPtr find(const std::string& account, const std::string& region, const std::string& id) const;
  std::vector<FinishedQueryPtr> list(const std::string& account,
                                     const std::string& region) const;  // newest first

 private:
  static constexpr std::size_t kMost = 100;
  mutable std::mutex mutex_;
  std::deque<FinishedQueryPtr> queries_;  // guarded by mutex_; newest first
};

}  // namespace millrace::logs
