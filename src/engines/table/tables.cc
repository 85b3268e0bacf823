#include "engines/table/tables.h"

#include <atomic>
#include <mutex>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "engines/table/backfill.h"
#include "engines/table/expiry.h"

namespace millrace::table {
namespace {

constexpr std::chrono::seconds kExpiryRound{1};
constexpr std::size_t kExpiryBatch = 256;

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

Tables::Tables(store::Store& store, base::Clock& clock)
    : store_(store),
      clock_(clock),
      definitions_(store),
      items_(store, definitions_, clock),
      pages_(store, definitions_),
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
  while (!wake_->stopping) {
    auto filled = co_await backfill_all();
    auto expired = co_await expire_all();
    if (!filled || !expired)
      base::log(base::LogLevel::kWarning,
                "table: work on indexes or expired items failed; it will be tried again");
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

}  // namespace millrace::table
