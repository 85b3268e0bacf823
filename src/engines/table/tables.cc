#include "engines/table/tables.h"

#include <atomic>
#include <mutex>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "engines/table/backfill.h"
#include "engines/table/copying.h"
#include "engines/table/expiry.h"
#include "engines/table/history.h"

namespace millrace::table {
namespace {

constexpr std::chrono::seconds kExpiryRound{1};
constexpr std::size_t kExpiryBatch = 256;
constexpr std::chrono::minutes kForgetRound{1};

}  // namespace

struct Tables::Wake {
  using Channel = boost::asio::experimental::concurrent_channel<void(boost::system::error_code)>;
  std::mutex mutex;
  std::shared_ptr<Channel> channel;  // while run() runs
  std::atomic<bool> stopping = false;

  void wake() {
    const std::lock_guard lock(mutex);
    if (channel) channel->try_send(boost::system::error_code());
  }
};

Tables::Tables(store::Store& store, base::Clock& clock, bool throttled)
    : store_(store),
      clock_(clock),
      throttle_(throttled ? std::make_unique<Throttle>(clock) : nullptr),
      definitions_(store),
      items_(store, definitions_, clock, throttle_.get()),
      pages_(store, definitions_, throttle_.get()),
      backups_(store, definitions_),
      wake_(std::make_unique<Wake>()) {}

Tables::~Tables() = default;

void Tables::wake_backfills() {
  wake_->wake();
}

void Tables::stop() {
  wake_->stopping = true;
  wake_->wake();
}

base::Task<> Tables::run() {
  using namespace boost::asio::experimental::awaitable_operators;
  const auto executor = co_await boost::asio::this_coro::executor;
  auto channel = std::make_shared<Wake::Channel>(executor, 1);
  {
    const std::lock_guard lock(wake_->mutex);
    wake_->channel = channel;
  }
  base::SteadyTime forget_next = clock_.steady_now();
  while (!wake_->stopping) {
    auto copied = co_await copy_all();
    auto filled = co_await backfill_all();
    auto expired = co_await expire_all();
    bool forgot = true;
    if (clock_.steady_now() >= forget_next) {
      auto done = co_await forget_all();
      forgot = done.has_value();
      forget_next = clock_.steady_now() + kForgetRound;
    }
    if (!copied || !filled || !expired || !forgot)
      base::log(base::LogLevel::kWarning,
                "table: work on indexes, backups or expired items failed; it will be tried again");
    if (wake_->stopping) break;
    co_await (channel->async_receive(boost::asio::use_awaitable) || clock_.sleep_for(kExpiryRound));
  }
  const std::lock_guard lock(wake_->mutex);
  wake_->channel.reset();
}

base::Task<TableResult<void>> Tables::backfill_all() {
  Backfill backfill(store_, definitions_);
  auto tables = co_await definitions_.all();
  if (!tables) co_return base::fail(std::move(tables.error()));
  for (DefinitionPtr& table : *tables) {
    while (const auto target = next_backfill(*table)) {
      if (wake_->stopping) co_return TableResult<void>();
      auto done = co_await backfill.step(table, *target);
      if (!done && done.error().kind != TableErrorKind::kTableNotFound)
        co_return base::fail(std::move(done.error()));
      auto newer = co_await definitions_.refresh(table);
      if (!newer) break;  // the table is gone
      table = std::move(*newer);
    }
  }
  co_return TableResult<void>();
}

base::Task<TableResult<void>> Tables::expire_all() {
  Expiry expiry(store_, items_, clock_);
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

base::Task<TableResult<void>> Tables::copy_all() {
  Copying copying(store_, definitions_);
  auto copies = co_await copying.under_way();
  if (!copies) co_return base::fail(std::move(copies.error()));
  // By turns, so that a small copy does not wait for a big one.
  while (!copies->empty()) {
    for (auto copy = copies->begin(); copy != copies->end();) {
      if (wake_->stopping) co_return TableResult<void>();
      auto done = co_await copying.step(*copy);
      if (!done) co_return base::fail(std::move(done.error()));
      copy = *done ? copies->erase(copy) : copy + 1;
    }
  }
  co_return TableResult<void>();
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

}  // namespace millrace::table
