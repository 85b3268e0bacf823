#include "engines/table/stream_shards.h"

#include <algorithm>

#include "base/log.h"
#include "engines/stream/shards.h"
#include "engines/table/table_keys.h"

namespace millrace::table {
namespace {

using store::Batch;
using store::Reader;
using store::StoreError;
using store::Verdict;

constexpr std::chrono::seconds kLongestRound{60};

bool has_stream(const TableDefinition& table) {
  return table.stream && table.stream->enabled && !table.creating;
}

// Replaces shards of the stream that the definition has, if the store still has it.
class ReplaceShards final : public DefinitionWriter {
 public:
  ReplaceShards(const TableDefinition& table, const std::vector<stream::Replacement>& replacements,
                base::WallTime now)
      : table_(table), replacements_(replacements), now_(now) {
    keys = stream::replacement_keys(table.stream->handle.id, replacements);
    keys.push_back(definition_key(table.name));
    tables.push_back(table.name);
  }
  bool stale = false;  // there is a newer definition

  base::Result<Verdict, StoreError> decide(Reader& view, Batch& batch) override {
    stale = false;
    auto current = read_definition(view, table_.name);
    if (!current) return base::fail(current.error());
    stale = !*current || (*current)->id != table_.id || (*current)->version != table_.version;
    if (stale) return Verdict::kRefuse;
    TableDefinition& made = **current;
    auto handle = stream::replace_shards(view, batch, made.stream->handle, replacements_, now_);
    if (!handle) return base::fail(handle.error());
    if (*handle == made.stream->handle) return Verdict::kRefuse;
    made.stream->handle = std::move(*handle);
    ++made.version;
    put_definition(made, batch);
    return Verdict::kCommit;
  }

 private:
  const TableDefinition& table_;
  const std::vector<stream::Replacement>& replacements_;
  const base::WallTime now_;
};

}  // namespace

std::chrono::seconds StreamShards::round() const {
  if (rules_.age.count() == 0) return kLongestRound;
  return std::clamp(rules_.age / 8, std::chrono::seconds(1), kLongestRound);
}

void StreamShards::note(const TableDefinition& table, std::uint64_t hash, std::uint32_t units) {
  const stream::Handle& handle = table.stream->handle;
  const auto replacement = heat_.note(handle, hash, units, clock_.steady_now());
  if (!replacement) return;
  {
    const std::lock_guard lock(mutex_);
    hot_.push_back({table.name, handle.id, *replacement});
  }
  bell_.ring();
}

base::Task<TableResult<void>> StreamShards::replace_due() {
  auto hot = co_await replace_hot();
  if (!hot) co_return base::fail(std::move(hot.error()));
  if (rules_.age.count() == 0 || clock_.steady_now() < next_look_) co_return TableResult<void>();
  auto old = co_await replace_old();
  if (!old) co_return base::fail(std::move(old.error()));
  next_look_ = clock_.steady_now() + round();
  co_return TableResult<void>();
}

base::Task<TableResult<void>> StreamShards::replace_hot() {
  std::vector<Hot> hot;
  {
    const std::lock_guard lock(mutex_);
    hot.swap(hot_);
  }
  for (Hot& one : hot) {
    auto table = co_await definitions_.find(one.table);
    if (!table && table.error().kind == TableErrorKind::kTableNotFound) continue;
    if (!table) co_return base::fail(std::move(table.error()));
    if (!has_stream(**table) || (*table)->stream->handle.id != one.stream) continue;
    base::log(base::LogLevel::kInfo,
              "table: a shard of the stream of {} took more than {} write units a second and is split",
              one.table.name, rules_.units);
    std::vector<stream::Replacement> replacements{one.replacement};
    auto done = co_await replace(std::move(*table), std::move(replacements));
    if (!done) co_return base::fail(std::move(done.error()));
  }
  co_return TableResult<void>();
}

std::vector<stream::Replacement> StreamShards::old_shards(const TableDefinition& table) const {
  std::vector<stream::Replacement> old;
  if (!has_stream(table)) return old;
  const base::WallTime before = clock_.now() - rules_.age;
  for (const stream::OpenShard& shard : table.stream->handle.open) {
    if (shard.opened <= before) old.push_back({shard.number});
  }
  return old;
}

base::Task<TableResult<void>> StreamShards::replace_old() {
  auto tables = co_await definitions_.all();
  if (!tables) co_return base::fail(std::move(tables.error()));
  for (DefinitionPtr& table : *tables) {
    std::vector<stream::Replacement> old = old_shards(*table);
    if (old.empty()) continue;
    auto done = co_await replace(std::move(table), std::move(old));
    if (!done) co_return base::fail(std::move(done.error()));
  }
  co_return TableResult<void>();
}

// A shard that is closed by now is left out, and a table that is gone, or has another stream, is let be.
base::Task<TableResult<void>> StreamShards::replace(DefinitionPtr table,
                                                    std::vector<stream::Replacement> replacements) {
  const std::uint64_t id = table->stream->handle.id;
  for (;;) {
    ReplaceShards transaction(*table, replacements, clock_.now());
    auto committed = co_await definitions_.commit(transaction);
    if (!committed) co_return base::fail(from_store(committed.error()));
    if (!transaction.stale) co_return TableResult<void>();
    auto newer = co_await definitions_.refresh(table);
    if (!newer && newer.error().kind == TableErrorKind::kTableNotFound) co_return TableResult<void>();
    if (!newer) co_return base::fail(std::move(newer.error()));
    if (!has_stream(**newer) || (*newer)->stream->handle.id != id) co_return TableResult<void>();
    table = std::move(*newer);
  }
}

}  // namespace millrace::table
