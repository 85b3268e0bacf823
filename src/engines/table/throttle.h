// Provisioned throughput, held to on request (--throttle): a token bucket for the reads and one for the writes of each table and global
// index. A bucket fills at the provisioned rate and holds what five minutes bring (burst capacity). A request is let in while its bucket
// is not empty and pays what it then cost, so a bucket may owe; the next is let in when that is paid back. Tables on demand are not held.
//
// The buckets are in memory: a restart fills them. Several nodes would each let the whole rate in.
// Any thread. The clock must outlive it.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
#pragma once

#include <cstddef>
#include <mutex>
#include <unordered_map>

#include "base/clock.h"
#include "engines/table/table_definition.h"

namespace millrace::table {

class Throttle {
 public:
  explicit Throttle(const base::Clock& clock) : clock_(clock) {}

  // `index`: null for the table itself.
  bool admits_read(const TableDefinition& table, const IndexDefinition* index);
  // The table and all of its global indexes: a write that an index cannot take is refused.
  bool admits_write(const TableDefinition& table);
  void charge_read(const TableDefinition& table, const IndexDefinition* index, double units);
  // Of the table; of an index, by its id.
  void charge_write(const TableDefinition& table, double units);
  void charge_index_write(const TableDefinition& table, IndexId index, double units);

 private:
  struct Bucket {
    double tokens = 0;
    base::SteadyTime filled{};
  };
  using Buckets = std::unordered_map<std::uint64_t, Bucket>;  // by id of the table or index

  // Filled up to now; made full when it is new. The lock must be held.
  Bucket& fill(Buckets& buckets, std::uint64_t id, double rate);
  bool admits(Buckets& buckets, std::uint64_t id, std::int64_t rate);
  void charge(Buckets& buckets, std::uint64_t id, std::int64_t rate, double units);

  const base::Clock& clock_;
  std::mutex mutex_;
  Buckets reads_;
  Buckets writes_;
};

// Units as they are charged: 4 KB, or half a unit for an eventually consistent read; 1 KB. At least one.
double read_units(std::size_t bytes, bool consistent);
double write_units(std::size_t bytes);

}  // namespace millrace::table
