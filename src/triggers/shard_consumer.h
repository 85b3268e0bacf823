// Consumes one shard for one mapping: reads records the moment they are committed, filters them, deals them to lanes by partition
// key, and keeps the position of what is dealt with in the store. One executor.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engines/catalog/event_pattern.h"
#include "engines/catalog/event_source_mapping.h"
#include "engines/stream/reading.h"
#include "triggers/lane.h"
#include "triggers/position_tracker.h"
#include "triggers/task_group.h"

namespace millrace::triggers {

// Made by the mapping's runner; all must outlive the consumer.
struct ConsumerWorld {
  store::Store& store;
  catalog::EventSourceMappings& mappings;
  const catalog::EventSourceMapping& mapping;
  const stream::StreamName& stream;
  LaneWorld lane;
};

class ShardConsumer final : public LaneOwner {
 public:
  ShardConsumer(const ConsumerWorld& world, stream::Shard shard,
                const boost::asio::any_io_executor& executor);

  // Until stop(), or until the shard has ended and all of it is dealt with. What was dealt with is saved before it ends.
  base::Task<> run();
  // After run(): the shard has ended and all of it is dealt with, so what follows it may begin.
  bool finished() const { return finished_; }
  store::LogId log() const { return shard_.log; }
  // Reads no more; batches at work are finished.
  void stop();
  // Ends invocations at work too; they will be repeated.
  void cancel();

  void finished(const std::vector<PendingRecord>& records) override;
  void report(std::string_view result) override;
  base::Task<bool> keep_window(std::uint32_t lane, std::optional<std::string> bytes) override;
  std::string_view shard_id() const override { return shard_.id; }
  bool at_tail() const override { return at_tail_; }

 private:
  base::Task<> read();
  void take(stream::Page& page);
  base::Task<bool> find_start();
  base::Task<bool> find_windows();
  void reached_tail();
  base::Task<> skip_to_horizon();
  void deal(std::vector<stream::Record>& records);
  base::Task<> save();
  base::Task<> wait_to_retry();

  const ConsumerWorld& world_;
  const stream::Shard shard_;
  catalog::PatternMatcher filter_;
  PositionTracker tracker_{0};
  std::vector<std::unique_ptr<Lane>> lanes_;
  TaskGroup reader_, workers_, saver_;
  Wake space_, dirty_;
  std::size_t buffered_bytes_ = 0;
  std::size_t buffered_records_ = 0;
  store::Sequence saved_ = 0;
  std::string result_, saved_result_;
  bool at_tail_ = false;
  bool at_end_ = false;
  bool finished_ = false;
  bool stopping_ = false;
  bool done_ = false;
};

}  // namespace millrace::triggers
