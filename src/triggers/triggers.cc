#include "triggers/triggers.h"

#include <algorithm>
#include <functional>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/log.h"

namespace millrace::triggers {

namespace {
constexpr std::chrono::seconds kRetry{1};
}

struct Triggers::Running {
  explicit Running(const boost::asio::any_io_executor& own)
      : executor(own), follower(own), patience(own), runner_ended(own), finished(own), retry(own) {}
  boost::asio::any_io_executor executor;
  std::map<std::string, std::shared_ptr<MappingRunner>> runners;
  TaskGroup follower, patience;
  Wake runner_ended, finished, retry;
  bool stopping = false;
  bool ended = false;
};

Triggers::Triggers(const TriggersWorld& world, std::vector<boost::asio::any_io_executor> executors)
    : world_(world), executors_(std::move(executors)) {}
Triggers::~Triggers() = default;

const boost::asio::any_io_executor& Triggers::executor_for(const std::string& uuid) const {
  return executors_[std::hash<std::string>()(uuid) % executors_.size()];
}

base::Task<> Triggers::run() {
  const auto executor = co_await boost::asio::this_coro::executor;
  running_ = std::make_unique<Running>(executor);
  running_->follower.spawn(follow());
  co_await running_->follower.wait_idle();
  while (!running_->runners.empty())
    co_await running_->runner_ended.wait();
  running_->ended = true;
  running_->finished.set();
}

base::Task<> Triggers::follow() {
  store::Sequence seen = 0;
  bool all = true;
  while (!running_->stopping) {
    if (all) {
      const auto start = co_await world_.mappings.changes_seen();
      if (running_->stopping) co_return;
      if (start) {
        seen = *start;
        co_await look(nullptr);
        all = false;
        continue;
      }
    } else {
      const auto changed = co_await world_.mappings.wait_for_changes(seen);
      if (running_->stopping) co_return;
      if (changed) {
        if (!changed->empty()) co_await look(&*changed);
        continue;
      }
      if (changed.error().store == store::StoreError::kStopped) co_return;
      all = true;
    }
    const auto deadline = world_.clock.steady_now() + kRetry;
    co_await running_->retry.wait_until(world_.clock, deadline);
  }
}

base::Task<> Triggers::look(const std::vector<std::string>* only) {
  auto found = co_await world_.mappings.all();
  if (!found || running_->stopping) co_return;
  for (auto& mapping : *found) {
    if (!only || std::find(only->begin(), only->end(), mapping.uuid) != only->end())
      apply(std::move(mapping));
  }
}

void Triggers::apply(catalog::EventSourceMapping mapping) {
  const auto known = running_->runners.find(mapping.uuid);
  if (known == running_->runners.end()) {
    start_runner(std::move(mapping));
    return;
  }
  boost::asio::post(known->second->executor(),
                    [runner = known->second, mapping = std::move(mapping)]() mutable {
                      runner->change(std::move(mapping));
                    });
}

void Triggers::start_runner(catalog::EventSourceMapping mapping) {
  const std::string uuid = mapping.uuid;
  const auto runner = std::make_shared<MappingRunner>(world_, std::move(mapping), executor_for(uuid));
  running_->runners.emplace(uuid, runner);
  boost::asio::co_spawn(runner->executor(), runner->run(), [this, uuid, runner](std::exception_ptr error) {
    if (error) base::log(base::LogLevel::kError, "triggers: mapping {} ended by a bug", uuid);
    boost::asio::post(running_->executor, [this, uuid] {
      running_->runners.erase(uuid);
      running_->runner_ended.set();
    });
  });
}

base::Task<> Triggers::stop(std::chrono::milliseconds patience) {
  if (!running_ || running_->ended) co_return;
  running_->stopping = true;
  running_->retry.set();
  running_->follower.cancel();
  for (const auto& [uuid, runner] : running_->runners) {
    boost::asio::post(runner->executor(), [kept = runner] { kept->stop(); });
  }
  const base::SteadyTime deadline = world_.clock.steady_now() + patience;
  running_->patience.spawn(give_up_at(deadline));
  while (!running_->ended)
    co_await running_->finished.wait();
  running_->patience.cancel();
  co_await running_->patience.wait_idle();
}

base::Task<> Triggers::give_up_at(base::SteadyTime deadline) {
  co_await world_.clock.sleep_until(deadline);
  if (running_->ended) co_return;
  for (const auto& [uuid, runner] : running_->runners) {
    boost::asio::post(runner->executor(), [kept = runner] { kept->cancel(); });
  }
}

}  // namespace millrace::triggers
