#include "runtime/provisioner.h"

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace millrace::runtime {

namespace asio = boost::asio;

namespace {
constexpr auto kLookAgain = std::chrono::seconds(1);
constexpr auto kAfterFailure = std::chrono::seconds(10);
}  // namespace

Provisioner::Provisioner(asio::io_context& home, base::Clock& clock, std::shared_ptr<SandboxPool> pool,
                         Warmer& warmer)
    : home_(home), clock_(clock), pool_(std::move(pool)), warmer_(warmer), look_again_(home) {}

void Provisioner::set(std::vector<Provision> wanted) {
  std::map<std::string, Entry> entries;
  std::map<std::string, std::uint32_t> kept;
  std::vector<std::string> dropped;
  {
    const std::lock_guard lock(mutex_);
    for (Provision& one : wanted) {
      auto spec = std::make_shared<FunctionSpec>(*one.function);
      spec->provisioned = true;
      const std::string key = sandbox_key(*spec);
      Entry& entry = entries[key];
      if (const auto known = entries_.find(key); known != entries_.end()) entry = known->second;
      entry.function = std::move(spec);
      entry.count = one.count;
      kept[key] = one.count;
    }
    for (const auto& [key, entry] : entries_) {
      if (!entries.contains(key)) dropped.push_back(entry.function->arn);
    }
    entries_ = std::move(entries);
  }
  pool_->keep(std::move(kept));
  for (const std::string& arn : dropped)
    pool_->retire(arn);
  asio::post(home_, [self = shared_from_this()] {
    self->look_again_.cancel();
    {
      const std::lock_guard lock(self->mutex_);
      if (self->closed_ || std::exchange(self->running_, true)) return;
    }
    asio::co_spawn(self->home_, run(self), asio::detached);
  });
}

base::Task<> Provisioner::run(std::shared_ptr<Provisioner> self) {
  for (;;) {
    {
      const std::lock_guard lock(self->mutex_);
      if (self->closed_ || self->entries_.empty()) {
        self->running_ = false;
        co_return;
      }
    }
    self->start_missing();
    self->look_again_.expires_after(kLookAgain);
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await self->look_again_.async_wait(token);
  }
}

void Provisioner::start_missing() {
  const base::SteadyTime now = clock_.steady_now();
  std::vector<std::pair<std::string, FunctionPtr>> missing;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [key, entry] : entries_) {
      if (entry.failed && now < entry.again) continue;
      const std::uint32_t there = pool_->held(key).loaded + entry.warming;
      for (std::uint32_t i = there; i < entry.count; ++i) {
        ++entry.warming;
        missing.emplace_back(key, entry.function);
      }
    }
  }
  // Not with the lock held: a task may run at once.
  for (auto& [key, function] : missing)
    asio::co_spawn(home_, warm_one(shared_from_this(), key, function), asio::detached);
}

base::Task<> Provisioner::warm_one(std::shared_ptr<Provisioner> self, std::string key, FunctionPtr function) {
  const bool good = co_await self->warmer_.warm(std::move(function));
  const std::lock_guard lock(self->mutex_);
  const auto found = self->entries_.find(key);
  if (found == self->entries_.end()) co_return;
  if (found->second.warming > 0) --found->second.warming;
  found->second.failed = !good;
  if (!good) found->second.again = self->clock_.steady_now() + kAfterFailure;
}

ProvisionState Provisioner::state(std::string_view function_arn) const {
  const std::lock_guard lock(mutex_);
  ProvisionState state;
  for (const auto& [key, entry] : entries_) {
    if (entry.function->arn != function_arn) continue;
    const SandboxPool::Held held = pool_->held(key);
    state.allocated = std::min(held.loaded, entry.count);
    state.available = std::min(held.idle, entry.count);
    state.failed = entry.failed;
  }
  return state;
}

void Provisioner::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  asio::post(home_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->look_again_.cancel();
  });
}

}  // namespace millrace::runtime
