#include "engines/table/tables.h"

#include <atomic>
#include <mutex>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "engines/table/backfill.h"
#include "engines/table/copying.h"
#include "engines/table/expiry.h"
#include "engines/table/history.h"

namespace millrace::table {
namespace {

constexpr std::chrono::seconds kRound{1};
constexpr int kStepsPerTurn = 16;
constexpr std::size_t kExpiryBatch = 256;
constexpr std::chrono::minutes kForgetRound{1};

}  // namespace

struct Tables::Wake {
  base::Doorbell copies, backfills, expiry, history;
  std::atomic<bool> stopping = false;

  void wake_all() {
    for (base::Doorbell* bell : {&copies, &backfills, &expiry, &history})
      bell->ring();
  }
};

Tables::Tables(store::Store& store, base::Clock& clock, const TablesOptions& options)
    : store_(store),
      clock_(clock),
      throttle_(options.throttled ? std::make_unique<Throttle>(clock) : nullptr),
      definitions_(store),
      shards_(store, definitions_, clock, options.shards),
      items_(store, definitions_, clock, throttle_.get(), &shards_),
      pages_(store, definitions_, throttle_.get()),
      backups_(store, definitions_),
      transfers_(store, definitions_, clock),
      wake_(std::make_unique<Wake>()) {}

Tables::~Tables() = default;

void Tables::wake_backfills() {
  wake_->copies.ring();
  wake_->backfills.ring();
}

void Tables::stop() {
  wake_->stopping = true;
  wake_->wake_all();
  shards_.hot().ring();
}

base::Task<> Tables::run() {
  using namespace boost::asio::experimental::awaitable_operators;
  auto copies = keep(wake_->copies, &Tables::copy_all, kRound);
  auto backfills = keep(wake_->backfills, &Tables::backfill_all, kRound);
  auto expiry = keep(wake_->expiry, &Tables::expire_all, kRound);
  auto history = keep(wake_->history, &Tables::forget_all, kForgetRound);
  auto shards = keep(shards_.hot(), &Tables::replace_shards, shards_.round());
  co_await (std::move(copies) && std::move(backfills) && std::move(expiry) && std::move(history) &&
            std::move(shards));
}

base::Task<> Tables::keep(base::Doorbell& bell, Round round, std::chrono::nanoseconds every) {
  co_await bell.open();
  while (!wake_->stopping) {
    auto done = co_await (this->*round)();
    if (!done)
      base::log(base::LogLevel::kWarning,
                "table: work on indexes, backups, shards or expired items failed; it will be tried again");
    if (wake_->stopping) break;
    co_await bell.wait_for(clock_, every);
  }
  bell.close();
}

// By turns over tables and indexes, so that a small one does not wait for a big one; looked for again after each turn, so that a
// new one joins.
base::Task<TableResult<void>> Tables::backfill_all() {
  Backfill backfill(store_, definitions_);
  for (bool more = true; more;) {
    more = false;
    auto tables = co_await definitions_.all();
    if (!tables) co_return base::fail(std::move(tables.error()));
    for (const DefinitionPtr& table : *tables) {
      const auto target = next_backfill(*table);
      if (!target) continue;
      more = true;
      for (int i = 0; i < kStepsPerTurn; ++i) {
        if (wake_->stopping) co_return TableResult<void>();
        auto done = co_await backfill.step(table, *target);
        if (!done && done.error().kind != TableErrorKind::kTableNotFound)
          co_return base::fail(std::move(done.error()));
        if (!done || *done) break;
      }
    }
  }
  co_return TableResult<void>();
}

base::Task<TableResult<void>> Tables::expire_all() {
  Expiry expiry(store_, items_, clock_, expired_);
  auto tables = co_await definitions_.all();
  if (!tables) co_return base::fail(std::move(tables.error()));
  for (const DefinitionPtr& table : *tables) {
    while (table->ttl.enabled && !wake_->stopping) {
      auto seen = co_await expiry.sweep(table, kExpiryBatch);
      if (!seen && seen.error().kind != TableErrorKind::kTableNotFound)
        co_return base::fail(std::move(seen.error()));
      if (!seen || *seen < kExpiryBatch) break;
    }
  }
  co_return TableResult<void>();
}

// By turns, like the filling of indexes.
base::Task<TableResult<void>> Tables::copy_all() {
  Copying copying(store_, definitions_);
  for (;;) {
    auto copies = co_await copying.under_way();
    if (!copies) co_return base::fail(std::move(copies.error()));
    if (copies->empty()) co_return TableResult<void>();
    for (Copy& copy : *copies) {
      for (int i = 0; i < kStepsPerTurn; ++i) {
        if (wake_->stopping) co_return TableResult<void>();
        auto done = co_await copying.step(copy);
        if (!done) co_return base::fail(std::move(done.error()));
        if (*done) break;
      }
    }
  }
}

base::Task<TableResult<void>> Tables::forget_all() {
  auto tables = co_await definitions_.all();
  if (!tables) co_return base::fail(std::move(tables.error()));
  for (const DefinitionPtr& table : *tables) {
    // A copy under way may read what is about to be too old.
    if (!table->recovery.enabled || table->copies > 0) continue;
    const Stamp before = stamp_at(recovery_window(table->recovery, clock_.now()).earliest);
    std::size_t gone = kExpiryBatch;
    while (gone == kExpiryBatch && !wake_->stopping) {
      auto trimmed = co_await trim_history(store_, table->id, before, kExpiryBatch);
      if (!trimmed) co_return base::fail(std::move(trimmed.error()));
      gone = *trimmed;
    }
  }
  co_return co_await backups_.remove_expired(clock_.now());
}

base::Task<TableResult<void>> Tables::replace_shards() {
  co_return co_await shards_.replace_due();
}

}  // namespace millrace::table
