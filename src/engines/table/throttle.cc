#include "engines/table/throttle.h"

#include <algorithm>
#include <chrono>

namespace millrace::table {
namespace {

constexpr double kBurstSeconds = 300;
// Buckets of tables that are gone stay until there are this many; a bucket forgotten too early is only full again.
constexpr std::size_t kMaxBuckets = 16384;

bool is_held(const TableDefinition& table) {
  return table.billing == BillingMode::kProvisioned;
}

double units_of(std::size_t bytes, std::size_t unit) {
  return static_cast<double>(std::max<std::size_t>(1, (bytes + unit - 1) / unit));
}

}  // namespace

double read_units(std::size_t bytes, bool consistent) {
  return units_of(bytes, 4096) * (consistent ? 1 : 0.5);
}

double write_units(std::size_t bytes) {
  return units_of(bytes, 1024);
}

Throttle::Bucket& Throttle::fill(Buckets& buckets, std::uint64_t id, double rate) {
  const base::SteadyTime now = clock_.steady_now();
  if (buckets.size() >= kMaxBuckets && !buckets.contains(id)) buckets.clear();
  const auto [at, is_new] = buckets.try_emplace(id);
  Bucket& bucket = at->second;
  const double most = rate * kBurstSeconds;
  const double seconds = std::chrono::duration<double>(now - bucket.filled).count();
  bucket.tokens = is_new ? most : std::min(most, bucket.tokens + seconds * rate);
  bucket.filled = now;
  return bucket;
}

bool Throttle::admits(Buckets& buckets, std::uint64_t id, std::int64_t rate) {
  const std::lock_guard lock(mutex_);
  return fill(buckets, id, static_cast<double>(rate)).tokens > 0;
}

void Throttle::charge(Buckets& buckets, std::uint64_t id, std::int64_t rate, double units) {
  const std::lock_guard lock(mutex_);
  fill(buckets, id, static_cast<double>(rate)).tokens -= units;
}

bool Throttle::admits_read(const TableDefinition& table, const IndexDefinition* index) {
  if (!is_held(table)) return true;
  // A local index shares its table's throughput.
  if (index && index->global) return admits(reads_, index->id, index->throughput.read);
  return admits(reads_, table.id, table.throughput.read);
}

bool Throttle::admits_write(const TableDefinition& table) {
  if (!is_held(table)) return true;
  if (!admits(writes_, table.id, table.throughput.write)) return false;
  return std::ranges::all_of(table.indexes, [&](const IndexDefinition& index) {
    return !index.global || admits(writes_, index.id, index.throughput.write);
  });
}

void Throttle::charge_read(const TableDefinition& table, const IndexDefinition* index, double units) {
  if (!is_held(table)) return;
  if (index && index->global)
    charge(reads_, index->id, index->throughput.read, units);
  else
    charge(reads_, table.id, table.throughput.read, units);
}

void Throttle::charge_write(const TableDefinition& table, double units) {
  if (is_held(table)) charge(writes_, table.id, table.throughput.write, units);
}

void Throttle::charge_index_write(const TableDefinition& table, IndexId index, double units) {
  const auto found = std::ranges::find(table.indexes, index, &IndexDefinition::id);
  if (!is_held(table) || found == table.indexes.end()) return;
  if (found->global)
    charge(writes_, index, found->throughput.write, units);
  else
    charge_write(table, units);
}

}  // namespace millrace::table
