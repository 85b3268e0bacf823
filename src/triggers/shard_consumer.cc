#include "triggers/shard_consumer.h"

#include "base/log.h"
#include "engines/table/change_record.h"

namespace millrace::triggers {

namespace {

constexpr std::size_t kMaxBufferedBytes = 16u << 20;
constexpr std::size_t kMaxBufferedRecords = 20000;
constexpr std::chrono::seconds kRetry{1};

std::vector<catalog::EventPattern> compile(const std::vector<std::string>& filters) {
  std::vector<catalog::EventPattern> patterns;
  for (const auto& filter : filters) {
    if (auto pattern = catalog::EventPattern::compile(filter)) patterns.push_back(std::move(*pattern));
  }
  return patterns;
}

}  // namespace

ShardConsumer::ShardConsumer(const ConsumerWorld& world, stream::Shard shard,
                             const boost::asio::any_io_executor& executor)
    : world_(world),
      shard_(std::move(shard)),
      filter_(compile(world.mapping.settings.filters)),
      reader_(executor),
      workers_(executor),
      saver_(executor),
      space_(executor),
      dirty_(executor) {
  const std::uint32_t lanes = std::max(1u, world.mapping.settings.parallelization_factor);
  for (std::uint32_t i = 0; i < lanes; ++i)
    lanes_.push_back(std::make_unique<Lane>(world_.lane, *this, executor, i, lanes));
}

base::Task<> ShardConsumer::run() {
  if (!co_await find_start()) co_return;
  if (!co_await find_windows()) co_return;
  for (auto& lane : lanes_)
    workers_.spawn(lane->run());
  saver_.spawn(save());
  if (stopping_) {
    for (auto& lane : lanes_)
      lane->stop();
  } else {
    reader_.spawn(read());
  }
  co_await reader_.wait_idle();
  // The reader ends when it is told to, or at the end of a closed shard: then nobody waits for a fuller batch.
  for (auto& lane : lanes_)
    stopping_ ? lane->stop() : lane->end();
  co_await workers_.wait_idle();
  finished_ = at_end_ && !stopping_;
  done_ = true;
  dirty_.set();
  co_await saver_.wait_idle();
}

void ShardConsumer::stop() {
  stopping_ = true;
  space_.set();
  reader_.cancel();
  for (auto& lane : lanes_)
    lane->stop();
}

void ShardConsumer::cancel() {
  stop();
  workers_.cancel();
}

base::Task<> ShardConsumer::wait_to_retry() {
  const auto deadline = world_.lane.clock.steady_now() + kRetry;
  while (!stopping_ && world_.lane.clock.steady_now() < deadline) {
    co_await space_.wait_until(world_.lane.clock, deadline);
  }
}

base::Task<bool> ShardConsumer::find_start() {
  while (!stopping_) {
    const auto stored = co_await world_.mappings.position(world_.mapping.uuid, shard_.log);
    if (stored) {
      const bool from_start = world_.mapping.starting_position == catalog::StartingPosition::kTrimHorizon;
      saved_ = stored->value_or(from_start ? 0 : world_.mapping.created_at);
      tracker_ = PositionTracker(saved_);
      co_return true;
    }
    if (stored.error().store == store::StoreError::kStopped) co_return false;
    co_await wait_to_retry();
  }
  co_return false;
}

// Windows that were open when the consumer last ended.
base::Task<bool> ShardConsumer::find_windows() {
  while (!stopping_) {
    const auto stored = co_await world_.mappings.windows(world_.mapping.uuid, shard_.log);
    if (!stored) {
      if (stored.error().store == store::StoreError::kStopped) co_return false;
      co_await wait_to_retry();
      continue;
    }
    for (const auto& [index, bytes] : *stored) {
      auto window = decode_window(bytes);
      if (!window) {
        base::log(base::LogLevel::kError, "triggers: a window of mapping {} does not decode and is left out",
                  world_.mapping.uuid);
      } else if (index < lanes_.size()) {
        lanes_[index]->resume(std::move(*window));
      } else {
        lanes_[index % lanes_.size()]->inherit(index, std::move(*window));
      }
    }
    co_return true;
  }
  co_return false;
}

base::Task<bool> ShardConsumer::keep_window(std::uint32_t lane, std::optional<std::string> bytes) {
  for (;;) {
    const auto kept = co_await world_.mappings.put_window(world_.mapping.uuid, shard_.log, lane, bytes);
    if (kept) co_return *kept;
    if (stopping_ || kept.error().store == store::StoreError::kStopped) co_return false;
    co_await world_.lane.clock.sleep_for(kRetry);
  }
}

void ShardConsumer::reached_tail() {
  at_tail_ = true;
  for (auto& lane : lanes_)
    lane->look();
}

base::Task<> ShardConsumer::read() {
  while (!stopping_) {
    if (buffered_bytes_ >= kMaxBufferedBytes || buffered_records_ >= kMaxBufferedRecords) {
      co_await space_.wait();
      continue;
    }
    auto page = co_await stream::read_page(world_.store, shard_.ref, tracker_.read(), {});
    if (stopping_) co_return;
    if (!page && page.error().kind == stream::ErrorKind::kTrimmed) {
      co_await skip_to_horizon();
    } else if (!page && page.error().kind == stream::ErrorKind::kNotFound) {
      at_end_ = true;  // its records have expired, and it with them
      co_return;
    } else if (!page) {
      if (page.error().store == store::StoreError::kStopped) co_return;
      co_await wait_to_retry();
    } else {
      take(*page);
      if (at_end_) co_return;
      if (!at_tail_) continue;
      const auto waited = co_await stream::wait_for_record(world_.store, shard_.log, tracker_.read());
      if (!waited) co_return;
    }
  }
}

void ShardConsumer::take(stream::Page& page) {
  deal(page.records);
  if (page.position > tracker_.read()) {
    tracker_.read_to(page.position);
    dirty_.set();
  }
  at_end_ = page.ended;
  const bool more = !page.records.empty();
  if (more) at_tail_ = false;
  if (!more && !at_end_ && !at_tail_) reached_tail();
}

base::Task<> ShardConsumer::skip_to_horizon() {
  stream::Start start;
  const auto horizon = co_await stream::find_position(world_.store, shard_.log, start);
  if (stopping_) co_return;
  if (!horizon) {
    co_await wait_to_retry();
    co_return;
  }
  base::log(base::LogLevel::kWarning, "triggers: records of {} expired before {} saw them",
            stream::table_stream_arn(world_.stream), world_.mapping.function_arn);
  tracker_.read_to(*horizon);
}

void ShardConsumer::deal(std::vector<stream::Record>& records) {
  const std::string arn = stream::table_stream_arn(world_.stream);
  const auto lanes = static_cast<std::uint32_t>(lanes_.size());
  const auto arrived = world_.lane.clock.steady_now();
  for (auto& record : records) {
    const auto change = table::decode_change(record.payload);
    if (!change) {
      base::log(base::LogLevel::kError, "triggers: record {} of {} does not decode and is left out",
                stream::sequence_text(record.sequence), arn);
      continue;
    }
    PendingRecord pending{record.sequence, record.created, arrived, {}};
    const table::ChangePosition position{record.sequence, world_.stream.region, arn};
    pending.json.reserve(record.payload.size() + 512);
    table::append_lambda_record(pending.json, *change, position);
    if (!filter_.passes_all() && !filter_.matches(pending.json)) {
      world_.lane.metrics.filtered.add();
      continue;
    }
    tracker_.take(record.sequence);
    ++buffered_records_;
    buffered_bytes_ += pending.json.size();
    lanes_[stream::lane_of(record.hash, lanes)]->push(std::move(pending));
  }
}

void ShardConsumer::finished(const std::vector<PendingRecord>& records) {
  for (const auto& record : records) {
    tracker_.finish(record.sequence);
    --buffered_records_;
    buffered_bytes_ -= record.json.size();
  }
  space_.set();
  dirty_.set();
}

void ShardConsumer::report(std::string_view result) {
  if (result_ == result) return;
  result_ = result;
  dirty_.set();
}

// Writes the newest position; what changes during a write goes with the next.
base::Task<> ShardConsumer::save() {
  for (;;) {
    const bool last = done_;
    if (const auto position = tracker_.position(); position > saved_) {
      const auto saved = co_await world_.mappings.advance(world_.mapping.uuid, shard_.log, position);
      if (saved) saved_ = position;
      if (!saved && saved.error().store == store::StoreError::kStopped) co_return;
      if (!saved && !last) {
        const auto deadline = world_.lane.clock.steady_now() + kRetry;
        co_await dirty_.wait_until(world_.lane.clock, deadline);
        continue;
      }
    }
    if (result_ != saved_result_) {
      const std::string result = result_;
      if (co_await world_.mappings.set_last_result(world_.mapping.uuid, result)) saved_result_ = result;
    }
    if (last) co_return;
    if (!done_ && tracker_.position() <= saved_) co_await dirty_.wait();
  }
}

}  // namespace millrace::triggers
