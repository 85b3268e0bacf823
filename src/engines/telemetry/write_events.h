// The transaction that writes a batch of events: the events, the span of each stream, the size of each group. Internal to
// the room; used by one task.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engines/telemetry/log_keys.h"

namespace millrace::telemetry {

class WriteEvents final : public store::Transaction {
 public:
  // What happens when the group or the stream is not there: functions' logs make them, clients are told.
  enum class Absent { kCreate, kRefuse };
  WriteEvents(base::WallTime now, Absent absent) : now_(now), absent_(absent) {}

  void add(const GroupKey& group, const LogEvent& event);
  // After the last add(): names what is read.
  void seal();
  base::Result<store::Verdict, store::StoreError> decide(store::Reader& view, store::Batch& batch) override;

  std::map<GroupKey, std::uint64_t> sizes;  // after the batch
  LogOutcome outcome = LogOutcome::kDone;   // why it refused

 private:
  struct Span {
    base::WallTime first = base::WallTime::max();
    base::WallTime last{};
  };
  base::Result<bool, store::StoreError> groups(store::Reader& view, store::Batch& batch);
  base::Result<bool, store::StoreError> streams(store::Reader& view, store::Batch& batch);

  base::WallTime now_;
  Absent absent_;
  std::vector<std::pair<std::string, std::string>> events_;
  std::map<std::string, Span> spans_;  // by the stream's key
  std::map<GroupKey, std::uint64_t> added_;
};

}  // namespace millrace::telemetry
