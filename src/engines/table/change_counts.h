// Which tables' definitions may have changed lately, counted in memory: a change is counted before it is submitted and again when its
// outcome is known. A definition that was read while none was in progress is current as long as no other has begun, so most
// requests need not ask the store whether theirs is the newest.
// It rests on every change being counted (DefinitionWriter sees to that) and made in this process: a store shared by several nodes would have
// to count theirs. Internal to the engine. Any thread; nothing waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "engines/table/table_definition.h"

namespace millrace::table {

// Of one table name.
struct DefinitionChanges {
  std::atomic<std::uint64_t> begun{0};
  std::atomic<std::uint64_t> ended{0};
};

class ChangeCounts {
 public:
  // The count as it is now, for what is read from here on.
  class Watch {
   public:
    explicit Watch(std::shared_ptr<DefinitionChanges> changes);
    // Nothing when a change is in progress: that definition will ask the store.
    void attach(TableDefinition& definition) const;

   private:
    std::shared_ptr<DefinitionChanges> changes_;
    std::uint64_t seen_;
    bool quiet_;
  };
  Watch watch(const TableName& name) { return Watch(count_of(name)); }

  // Changes of these tables, for as long as it lives.
  class InProgress {
   public:
    InProgress(ChangeCounts& counts, const std::vector<TableName>& names);
    ~InProgress();
    InProgress(const InProgress&) = delete;
    InProgress& operator=(const InProgress&) = delete;

   private:
    std::vector<std::shared_ptr<DefinitionChanges>> changes_;
  };

  // Names that no definition and no change is left of keep no count: anybody may ask for any name.
  void forget(const TableName& name);

 private:
  std::shared_ptr<DefinitionChanges> count_of(const TableName& name);

  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<DefinitionChanges>> counts_;  // by definition_key
};

}  // namespace millrace::table
