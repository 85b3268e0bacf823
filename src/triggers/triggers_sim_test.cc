// Seeded simulation: writes, failing and slow functions, changes of settings, replaced shards and restarts at random moments. Whatever happens: every
// record is handled at least once, records of one key in order, and positions never move back.
#include <gtest/gtest.h>

#include "store/run_testing.h"
#include "triggers/mill_testing.h"

namespace millrace::triggers {
namespace {

using std::chrono::milliseconds;

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : mill_(seed), random_(base::make_seeded_random(seed * 7919)) {
    mapping_ = mill_.mapping_for();
    change_settings(mapping_);
    mapping_ = mill_.create(mapping_);
    mill_.function.answer = [this](const SeenBatch& batch) { return answer(batch); };
  }

  void run() {
    for (int step = 0; step < 150; ++step)
      act();
    calm_ = true;
    mill_.function.duration = milliseconds(1);
    if (!mill_.started()) mill_.start();
    EXPECT_TRUE(mill_.run_until([this] { return handled_.size() == written_.size(); }))
        << handled_.size() << " of " << written_.size();
    mill_.stop();
    check_positions();
    for (const auto& [log, position] : positions_)
      EXPECT_GT(position, 0u);
  }

 private:
  void act() {
    switch (random_->below(11)) {
      case 0:
        if (mill_.started()) {
          mill_.stop(milliseconds(random_->below(2) * 500));
        } else {
          mill_.start();
        }
        break;
      case 1:
        mill_.function.duration = milliseconds(random_->below(3) * 400);
        break;
      case 2:
        mill_.update(mapping_.uuid,
                     [this](catalog::EventSourceMapping& mapping) { change_settings(mapping); });
        break;
      case 3:
      case 4:
        mill_.pass(milliseconds(random_->below(3000)));
        break;
      case 5: {
        const std::string key = "key" + std::to_string(random_->below(12));
        if (random_->below(3) > 0 && mill_.handle.open.size() < 10) {
          mill_.split(key);
        } else {
          mill_.roll_over(key);
        }
        break;
      }
      default:
        for (auto count = random_->below(6) + 1; count > 0; --count) {
          const std::string key = "key" + std::to_string(random_->below(12));
          const int value = mill_.write(key);
          written_.insert(value);
          order_[key].push_back(value);
        }
    }
    check_positions();
  }

  void change_settings(catalog::EventSourceMapping& mapping) {
    auto& settings = mapping.settings;
    settings.batch_size = static_cast<std::uint32_t>(random_->below(8) + 1);
    settings.parallelization_factor = static_cast<std::uint32_t>(random_->below(4) + 1);
    settings.batching_window_seconds = static_cast<std::uint32_t>(random_->below(3));
    settings.bisect_on_error = random_->below(2) == 1;
    settings.report_batch_item_failures = true;
  }

  BatchAnswer answer(const SeenBatch& batch) {
    const auto dice = calm_ ? 99 : random_->below(100);
    if (dice < 20) return failed();
    if (dice < 30) return not_run();
    std::size_t good = batch.size();
    if (dice < 45) good = random_->below(batch.size());
    for (std::size_t i = 0; i < good; ++i)
      note(batch[i]);
    if (good == batch.size()) return answered();
    return answered(R"({"batchItemFailures":[{"itemIdentifier":")" +
                    stream::sequence_text(batch[good].sequence) + "\"}]}");
  }

  // The first time a record is handled, all older ones of its key have been.
  void note(const SeenRecord& record) {
    if (!handled_.insert(record.value).second) return;
    const auto& order = order_[record.key];
    for (const int older : order) {
      if (older == record.value) break;
      EXPECT_TRUE(handled_.count(older)) << record.key << ": " << record.value << " before " << older;
    }
    handled_up_to_[record.sequence] = true;
  }

  void check_positions() {
    for (const auto& shard : mill_.describe().shards) {
      boost::asio::io_context context;
      const auto position = *store::run(context, mill_.mappings.position(mapping_.uuid, shard.log));
      if (!position) continue;
      EXPECT_GE(*position, positions_[shard.log]);
      positions_[shard.log] = *position;
      // Nothing behind the position is unhandled.
      const auto page = *store::run(context, stream::read_page(*mill_.store, shard.ref, 0, {}));
      for (const auto& record : page.records) {
        if (record.sequence <= *position) {
          EXPECT_TRUE(handled_up_to_.count(record.sequence));
        }
      }
    }
  }

  Mill mill_;
  std::unique_ptr<base::Random> random_;
  catalog::EventSourceMapping mapping_;
  bool calm_ = false;
  std::set<int> written_, handled_;
  std::map<std::string, std::vector<int>> order_;
  std::map<store::Sequence, bool> handled_up_to_;
  std::map<store::LogId, store::Sequence> positions_;
};

class TriggersSimulation : public testing::TestWithParam<int> {};

TEST_P(TriggersSimulation, AtLeastOnceInOrderPerKey) {
  Simulation(static_cast<std::uint64_t>(GetParam())).run();
}

INSTANTIATE_TEST_SUITE_P(Seeds, TriggersSimulation, testing::Range(1, 31));

}  // namespace
}  // namespace millrace::triggers
