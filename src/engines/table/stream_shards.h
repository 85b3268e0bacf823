// When shards of tables' streams are replaced, and doing it: one that takes more than a partition takes is split in two, and one that
// is old is followed by another (docs/design/0018-shard-splits.md). The layout stands in the table's definition, so a replacement is
// a change of the definition: no write pays for it, and one that was decided by the old layout is decided again.
// Any thread. Everything it is made with must outlive it.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/doorbell.h"
#include "base/task.h"
#include "engines/stream/heat.h"
#include "engines/table/definitions.h"
#include "engines/table/table_error.h"
#include "store/store.h"

namespace millrace::table {

struct ShardRules {
  std::uint32_t units = 1000;                        // write units a second before a shard is split; 0: never
  std::chrono::seconds age = std::chrono::hours(4);  // before it is followed by another; 0: never
};

class StreamShards {
 public:
  StreamShards(store::Store& store, Definitions& definitions, base::Clock& clock, const ShardRules& rules)
      : store_(store), definitions_(definitions), clock_(clock), rules_(rules), heat_(rules.units) {}

  // A record of so many write units was appended to the table's stream. Rings hot() when a shard has become hot.
  void note(const TableDefinition& table, std::uint64_t hash, std::uint32_t units);
  base::Doorbell& hot() { return bell_; }
  // How often replace_due() should look for old shards.
  std::chrono::seconds round() const;
  // Replaces what is hot, and what is old if it is time to look for it.
  base::Task<TableResult<void>> replace_due();

 private:
  struct Hot {
    TableName table;
    std::uint64_t stream = 0;
    stream::Replacement replacement;
  };
  std::vector<stream::Replacement> old_shards(const TableDefinition& table) const;
  base::Task<TableResult<void>> replace_hot();
  base::Task<TableResult<void>> replace_old();
  base::Task<TableResult<void>> replace(DefinitionPtr table, std::vector<stream::Replacement> replacements);

  store::Store& store_;
  Definitions& definitions_;
  base::Clock& clock_;
  const ShardRules rules_;
  stream::ShardHeat heat_;
  base::Doorbell bell_;
  std::mutex mutex_;
  std::vector<Hot> hot_;          // guarded by mutex_
  base::SteadyTime next_look_{};  // of the one task in replace_due()
};

}  // namespace millrace::table
