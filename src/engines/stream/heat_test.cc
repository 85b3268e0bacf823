// The rule by which a shard is split.
#include "engines/stream/heat.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace millrace::stream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class HeatTest : public testing::Test {
 protected:
  HeatTest() : random_(base::make_seeded_random(3)), handle_(new_handle(*random_, {})) {}
  // One record each 10 s / `count`, for `time`; how often a split was asked for.
  std::size_t load(ShardHeat& heat, std::uint32_t per_second, seconds time, std::uint32_t units,
                   const std::function<std::uint64_t()>& hash) {
    std::size_t asked = 0;
    const std::int64_t count = std::int64_t{per_second} * time.count();
    for (std::int64_t i = 0; i < count; ++i) {
      now_ += std::chrono::microseconds(1'000'000 / per_second);
      if (const auto replacement = heat.note(handle_, hash(), units, now_)) {
        ++asked;
        last_ = *replacement;
      }
    }
    return asked;
  }
  // Of keys of the first shard.
  std::uint64_t any_hash() { return std::rotl(static_cast<std::uint32_t>(random_->below(kPlaces / 4)), 2); }

  std::unique_ptr<base::Random> random_;
  Handle handle_;
  base::SteadyTime now_{seconds(1000)};
  Replacement last_;
};

TEST_F(HeatTest, ARateThatAPartitionTakesIsNoReason) {
  ShardHeat heat(1000);
  EXPECT_EQ(load(heat, 990, seconds(60), 1, [this] { return any_hash(); }), 0u);
  EXPECT_EQ(load(heat, 99, seconds(60), 10, [this] { return any_hash(); }), 0u);
}

TEST_F(HeatTest, MoreIsSplitInTheMiddleOfWhatIsWritten) {
  ShardHeat heat(1000);
  EXPECT_EQ(load(heat, 1200, seconds(10), 1, [this] { return any_hash(); }), 1u);
  EXPECT_EQ(last_.shard, 0u);
  ASSERT_TRUE(last_.at);
  EXPECT_NEAR(static_cast<double>(*last_.at), static_cast<double>(kPlaces) / 8,
              static_cast<double>(kPlaces) / 40);
}

TEST_F(HeatTest, BytesCountAsRecordsDo) {
  ShardHeat heat(1000);
  EXPECT_EQ(load(heat, 120, seconds(10), 10, [this] { return any_hash(); }), 1u);
}

TEST_F(HeatTest, ABurstShorterThanTheWindowIsNoReason) {
  ShardHeat heat(1000);
  EXPECT_EQ(load(heat, 9000, seconds(1), 1, [this] { return any_hash(); }), 0u);
  now_ += kHeatWindow;
  EXPECT_EQ(load(heat, 9000, seconds(1), 1, [this] { return any_hash(); }), 0u);
}

TEST_F(HeatTest, OneKeyCannotBeDivided) {
  ShardHeat heat(1000);
  EXPECT_EQ(load(heat, 5000, seconds(30), 1, [] { return std::uint64_t{400}; }), 0u);
}

TEST_F(HeatTest, TwoKeysCanWhereverTheyAre) {
  ShardHeat heat(1000);
  int turn = 0;
  EXPECT_EQ(load(heat, 2000, seconds(9), 1, [&] { return std::uint64_t(++turn % 2 == 0 ? 400 : 404); }), 1u);
  EXPECT_EQ(last_.at, place_of(404));
}

TEST_F(HeatTest, EachShardIsToldOnceAWindow) {
  ShardHeat heat(100);
  EXPECT_EQ(load(heat, 4000, seconds(9), 1, [this] { return random_->next_u64(); }), 4u);
  EXPECT_EQ(load(heat, 4000, seconds(10), 1, [this] { return random_->next_u64(); }), 4u);
}

TEST_F(HeatTest, WithoutARateNothingIsHot) {
  ShardHeat heat(0);
  EXPECT_EQ(load(heat, 5000, seconds(10), 100, [this] { return any_hash(); }), 0u);
}

TEST(DividingPlace, IsBetweenKeysAndFair) {
  const auto divide = [](std::vector<std::uint32_t> places) { return dividing_place(places); };
  EXPECT_EQ(divide({}), std::nullopt);
  EXPECT_EQ(divide({5}), std::nullopt);
  EXPECT_EQ(divide({5, 5, 5}), std::nullopt);
  EXPECT_EQ(divide({9, 1}), Place{9});
  EXPECT_EQ(divide({1, 2, 2, 2}), Place{2});
  EXPECT_EQ(divide({7, 7, 7, 7, 7, 7, 7, 7, 7, 8}), std::nullopt);  // a tenth is not worth a shard
  EXPECT_EQ(divide({1, 1, 1, 4, 4, 4, 6, 6}), Place{4});
}

}  // namespace
}  // namespace millrace::stream
