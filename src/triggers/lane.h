// One lane of one shard: records of a fixed part of its keys, in order. It gathers a batch (count, bytes, window), has it
// handled, and follows the mapping's settings when that fails. One executor, the shard consumer's.
// https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/task.h"
#include "triggers/batch_handler.h"
#include "triggers/failure_destination.h"
#include "triggers/tumbling.h"
#include "triggers/wake.h"

namespace millrace::triggers {

struct TriggerMetrics {
  base::Histogram& iterator_age;  // of the youngest record of each batch when it is handed over
  base::Histogram& lag;           // commit to start of the handler, of each record
  base::Counter& handled;
  base::Counter& discarded;  // too old, or out of attempts
  base::Counter& filtered;
  base::Counter& failures;  // invocations that did not succeed
};

// Told the age of the last record of each batch when it is handed over; must not block.
using IteratorAgeSink = std::function<void(std::string_view function_arn, std::chrono::milliseconds age)>;

struct PendingRecord {
  store::Sequence sequence = 0;
  base::WallTime created{};
  base::SteadyTime arrived{};
  std::string json;
};

// What the lanes of a shard share; outlives them.
struct LaneWorld {
  const catalog::EventSourceMapping& mapping;
  base::Clock& clock;
  base::Random& random;
  BatchHandler& handler;
  FailureDestination& failures;
  TriggerMetrics& metrics;
  const IteratorAgeSink& iterator_age;
};

// Whom a lane tells what became of its records.
class LaneOwner {
 public:
  virtual ~LaneOwner() = default;
  virtual void finished(const std::vector<PendingRecord>& records) = 0;
  virtual void report(std::string_view result) = 0;  // LastProcessingResult
  // Of tumbling windows: the lane's window is durable when this completes, or forgotten (nullopt). False: it cannot be.
  virtual base::Task<bool> keep_window(std::uint32_t lane, std::optional<std::string> bytes) = 0;
  virtual std::string_view shard_id() const = 0;
  virtual bool at_tail() const = 0;  // every record of the shard was dealt to its lane
};

class Lane {
 public:
  // The `index`th of `lanes`.
  Lane(const LaneWorld& world, LaneOwner& owner, const boost::asio::any_io_executor& executor,
       std::uint32_t index, std::uint32_t lanes)
      : world_(world), owner_(owner), wake_(executor), index_(index), lanes_(lanes) {}

  // Before run(): this lane's window as it was kept, or one of a lane that is no more.
  void resume(Window window);
  void inherit(std::uint32_t kept_as, Window window);

  void push(PendingRecord record);
  // Until stop(): the batch at work is finished, what waits is left to the next start.
  base::Task<> run();
  void stop();
  void end();                   // no record will follow: run() ends when all is done, its window early
  void look() { wake_.set(); }  // at_tail() has become true

 private:
  using Records = std::vector<PendingRecord>;
  // Part of a batch, after bisection or partial success.
  struct Piece {
    Records records;
    unsigned attempts = 0;  // that failed and count
    unsigned invocations = 0;
    std::string request_id;  // of the last one
    unsigned pauses = 0;     // how often it waited
  };

  base::Task<> gather();
  Records take_batch();
  base::Task<> process(Records batch);
  base::Task<std::size_t> attempt(Piece& piece, BatchAnswer& answer);
  bool bisect(std::deque<Piece>& pieces);
  base::Task<> retry_or_discard(Piece& piece);
  base::Task<> drop_expired(Piece& piece);
  void finish_front(Piece& piece, std::size_t count);
  base::Task<> discard(Piece& piece, std::string_view condition);
  base::Task<> tell_failure(const Piece& piece, std::string_view condition);
  base::Task<> pause(unsigned times);
  bool full() const;
  std::size_t event_overhead() const;

  // Tumbling windows (lane_window.cc)
  struct Inherited {
    std::uint32_t kept_as;
    Window window;
  };
  bool windowed() const { return world_.mapping.settings.tumbling_window_seconds > 0; }
  base::SteadyTime window_deadline() const;
  void skip_included();
  bool window_is_over() const;
  std::string event_end(bool last, bool early) const;
  base::Task<bool> keep_window(store::Sequence included);
  base::Task<bool> deliver_window(bool early);
  base::Task<> close_window(bool early);
  base::Task<> close_inherited();
  base::Task<> wait_for_work();

  const LaneWorld& world_;
  LaneOwner& owner_;
  Wake wake_;
  std::deque<PendingRecord> queue_;
  std::size_t queued_bytes_ = 0;
  bool stopping_ = false;
  bool ending_ = false;
  const std::uint32_t index_, lanes_;
  Window window_;
  std::string answered_state_;
  std::vector<Inherited> inherited_;
};

}  // namespace millrace::triggers
