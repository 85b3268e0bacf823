// A table stream, mappings and Triggers over the in-memory store, one thread, a clock that moves when nothing else can happen,
// and a function that does what the test says. The same seed gives the same run.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "engines/stream/shards.h"
#include "store/memory_store_testing.h"
#include "triggers/triggers.h"

namespace millrace::triggers {

class FakeClock final : public base::Clock {
 public:
  base::WallTime now() const override { return wall_; }
  base::SteadyTime steady_now() const override { return steady_; }
  base::Task<> sleep_until(base::SteadyTime when) override;
  // Moves to the next deadline that somebody sleeps for; false when nobody does.
  bool step();
  void advance(std::chrono::microseconds by);

 private:
  base::WallTime wall_{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21}};
  base::SteadyTime steady_{};
  std::multimap<base::SteadyTime, std::shared_ptr<boost::asio::steady_timer>> sleepers_;
};

struct SeenRecord {
  store::Sequence sequence = 0;
  std::string key;
  int value = 0;
};
using SeenBatch = std::vector<SeenRecord>;

class FakeFunction final : public BatchHandler {
 public:
  explicit FakeFunction(FakeClock& clock) : clock_(clock) {}
  base::Task<BatchAnswer> handle(const catalog::EventSourceMapping& mapping, std::string event) override;

  // What to answer; success with null unless set.
  std::function<BatchAnswer(const SeenBatch&)> answer;
  std::chrono::microseconds duration{0};
  std::vector<SeenBatch> batches;   // in the order in which they were handed over
  std::vector<std::string> events;  // as sent
  std::vector<SeenRecord> handled;  // of batches answered as kAnswered, in the order of the answers
  std::size_t running = 0, most_running = 0, cut = 0;

 private:
  FakeClock& clock_;
};

class FakeFailures final : public FailureDestination {
 public:
  base::Task<bool> tell(GivenUp given_up) override;
  std::vector<std::string> documents;
  unsigned refuse = 0;  // so many times
};

BatchAnswer answered(std::string body = "null");
BatchAnswer failed();
BatchAnswer not_run();

class Mill {
 public:
  explicit Mill(std::uint64_t seed = 1);
  ~Mill();

  void start();
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(60));
  bool started() const { return triggers_ != nullptr; }

  catalog::EventSourceMapping mapping_for(std::string function = "f") const;
  catalog::EventSourceMapping create(catalog::EventSourceMapping mapping);
  catalog::EventSourceMapping find(const std::string& uuid);
  void update(const std::string& uuid, catalog::EventSourceMappings::Edit edit);
  // The value counts up over all writes; returns it.
  int write(const std::string& key, std::size_t padding = 0);
  void write_in_batch(const std::function<void(store::Batch&)>& fill);
  // Splits the shard of this key, or has another follow it.
  void split(const std::string& key);
  void roll_over(const std::string& key);
  stream::OpenShard shard_of(const std::string& key) const;
  stream::Stream describe();

  // Lets everything happen, moving the clock when needed, until `done`; false when nothing more would happen.
  bool run_until(const std::function<bool()>& done);
  // Everything that happens without the clock.
  void settle();
  // Lets `time` pass.
  void pass(std::chrono::microseconds time);

  FakeClock clock;
  std::unique_ptr<store::MemoryStore> store;
  std::unique_ptr<base::Random> random;
  base::Registry registry;
  catalog::EventSourceMappings mappings;
  FakeFunction function;
  FakeFailures failures;
  stream::StreamName stream_name;
  stream::Handle handle;

 private:
  template <class T>
  T wait_for(base::Task<T> task);
  void replace(const stream::Replacement& replacement);

  boost::asio::io_context context_;
  std::unique_ptr<Triggers> triggers_;
  bool run_ended_ = true;
  int written_ = 0;
};

}  // namespace millrace::triggers
