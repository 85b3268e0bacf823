#include "triggers/stream_consumer.h"

#include "base/log.h"

namespace millrace::triggers {

namespace {
constexpr std::chrono::seconds kRetry{1};
}

StreamConsumer::StreamConsumer(const ConsumerWorld& world, const boost::asio::any_io_executor& executor)
    : world_(world), executor_(executor), tasks_(executor), changed_(executor) {}

base::Task<> StreamConsumer::run(stream::Stream found) {
  stream_ = std::move(found);
  co_await forget_others();
  while (!stopping_) {
    start_ready();
    if (running_.empty()) break;
    while (ended_.empty() && !stopping_)
      co_await changed_.wait();
    const bool finished = take_ended();
    if (finished && !stopping_) co_await look_again();
  }
  co_await tasks_.wait_idle();
  running_.clear();
}

void StreamConsumer::stop() {
  stopping_ = true;
  for (const auto& [id, shard] : running_)
    shard->stop();
  changed_.set();
}

void StreamConsumer::cancel() {
  stop();
  for (const auto& [id, shard] : running_)
    shard->cancel();
}

// Ended in any way, an exception's included.
base::Task<> StreamConsumer::consume(ShardConsumer& shard) {
  struct Ended {
    StreamConsumer& all;
    std::string id;
    ~Ended() {
      all.ended_.insert(id);
      all.changed_.set();
    }
  };
  const Ended ended{*this, std::string(shard.shard_id())};
  co_await shard.run();
}

// A parent that is no longer there holds nobody back.
bool StreamConsumer::is_ready(const stream::Shard& shard) const {
  if (running_.contains(shard.id) || finished_.contains(shard.id) || lost_.contains(shard.id)) return false;
  if (shard.parent.empty() || finished_.contains(shard.parent)) return true;
  return !running_.contains(shard.parent) && stream_.find_shard(shard.parent) == nullptr;
}

void StreamConsumer::start_ready() {
  for (const stream::Shard& shard : stream_.shards) {
    if (!is_ready(shard)) continue;
    auto& consumer = running_[shard.id];
    consumer = std::make_unique<ShardConsumer>(world_, shard, executor_);
    tasks_.spawn(consume(*consumer));
  }
}

// Whether one of them was read to its end.
bool StreamConsumer::take_ended() {
  bool finished = false;
  for (const std::string& id : ended_) {
    const auto shard = running_.find(id);
    const bool at_end = shard->second->finished();
    (at_end ? finished_ : lost_).insert(id);
    finished = finished || at_end;
    running_.erase(shard);
  }
  ended_.clear();
  return finished;
}

base::Task<> StreamConsumer::look_again() {
  while (!stopping_) {
    auto found = co_await stream::describe(world_.store, world_.stream);
    if (found) {
      stream_ = std::move(*found);
      std::erase_if(finished_, [this](const std::string& id) { return !stream_.find_shard(id); });
      co_await forget_others();
      co_return;
    }
    if (found.error().kind == stream::ErrorKind::kNotFound) {
      stream_.shards.clear();
      co_return;
    }
    if (found.error().store == store::StoreError::kStopped) co_return;
    const auto deadline = world_.lane.clock.steady_now() + kRetry;
    co_await changed_.wait_until(world_.lane.clock, deadline);
  }
}

// Positions of shards that are gone. What fails here is done the next time.
base::Task<> StreamConsumer::forget_others() {
  std::vector<store::LogId> shards;
  for (const stream::Shard& shard : stream_.shards)
    shards.push_back(shard.log);
  for (const auto& [id, shard] : running_)
    shards.push_back(shard->log());
  const auto kept = co_await world_.mappings.keep_shards(world_.mapping.uuid, std::move(shards));
  if (!kept)
    base::log(base::LogLevel::kDebug, "triggers: old positions of mapping {} stay for now",
              world_.mapping.uuid);
}

}  // namespace millrace::triggers
