#include "services/dynamodb/table_update.h"

#include <gtest/gtest.h>

#include "services/dynamodb/describe.h"

namespace millrace::dynamodb {
namespace {

TEST(TableUpdate, KeepsAndForgetsTheLimitsOfAnIndex) {
  table::TableDefinition table;
  table.name = {"000000000000", "us-east-1", "limits"};
  table.keys = {{"id", table::KeyType::kString}, std::nullopt, {}, {}};
  table.attributes = {{"id", table::KeyType::kString}, {"z", table::KeyType::kString}};
  table.billing = table::BillingMode::kPayPerRequest;
  table::IndexDefinition index;
  index.name = "by-z";
  index.keys = {{"z", table::KeyType::kString}, std::nullopt, {}, {}};
  table.indexes.push_back(index);

  UpdateTableInput input;
  UpdateGlobalSecondaryIndexAction action;
  action.index_name = "by-z";
  action.on_demand_throughput.emplace();
  action.on_demand_throughput->max_read_request_units = 40;
  action.warm_throughput.emplace();
  action.warm_throughput->read_units_per_second = 20000;
  input.global_secondary_index_updates.emplace();
  input.global_secondary_index_updates->emplace_back();
  input.global_secondary_index_updates->back().update = action;
  ASSERT_TRUE(apply_table_update(input, {}, {}, table));
  const auto shown = describe(table, {}, {}).global_secondary_indexes->at(0);
  EXPECT_EQ(shown.on_demand_throughput->max_read_request_units, 40);
  EXPECT_EQ(shown.warm_throughput->read_units_per_second, 20000);

  UpdateTableInput removal;
  removal.global_secondary_index_updates.emplace();
  removal.global_secondary_index_updates->emplace_back();
  removal.global_secondary_index_updates->back().delete_.emplace();
  removal.global_secondary_index_updates->back().delete_->index_name = "by-z";
  ASSERT_TRUE(apply_table_update(removal, {}, {}, table));
  EXPECT_TRUE(table.settings.empty());
  EXPECT_EQ(table.attributes.size(), 1u);
}

class Decreases : public testing::Test {
 protected:
  Decreases() {
    table_.name = {"000000000000", "us-east-1", "shrinking"};
    table_.keys = {{"id", table::KeyType::kString}, std::nullopt, {}, {}};
    table_.throughput.read = table_.throughput.write = 100;
  }
  Checked<void> set(std::int64_t units) {
    UpdateTableInput input;
    input.provisioned_throughput = ProvisionedThroughput{units, units};
    table::TableDefinition changed = table_;  // what is refused changes nothing
    auto done = apply_table_update(input, now_, {}, changed);
    if (done) table_ = changed;
    return done;
  }
  std::int64_t shown() {
    return *describe(table_, {}, now_).provisioned_throughput->number_of_decreases_today;
  }

  table::TableDefinition table_;
  base::WallTime now_{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + std::chrono::hours(13)};
};

TEST_F(Decreases, FourADayAndThenOneAnHour) {
  for (std::int64_t units : {90, 80, 70, 60}) {
    ASSERT_TRUE(set(units));
    now_ += std::chrono::seconds(1);
  }
  EXPECT_EQ(shown(), 4);
  const auto refused = set(50);
  ASSERT_FALSE(refused);
  EXPECT_EQ(
      refused.error().message,
      "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After "
      "the first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once "
      "every "
      "3600 seconds. Number of decreases today: 4. Last decrease at Saturday, November 21, 2026 1:00:03 PM "
      "UTC. Next decrease can be made at Saturday, November 21, 2026 2:00:03 PM UTC");
  EXPECT_TRUE(set(200));  // upwards at any time
  EXPECT_EQ(shown(), 4);
  now_ += std::chrono::hours(1);
  EXPECT_TRUE(set(50));
  EXPECT_EQ(shown(), 5);
  EXPECT_FALSE(set(40));
}

TEST_F(Decreases, ANewDayBeginsWithNone) {
  for (std::int64_t units : {90, 80, 70, 60})
    ASSERT_TRUE(set(units));
  now_ += std::chrono::hours(10) + std::chrono::minutes(59);
  EXPECT_EQ(shown(), 4);
  now_ += std::chrono::minutes(1);
  EXPECT_EQ(shown(), 0);
  ASSERT_TRUE(set(50));
  EXPECT_EQ(shown(), 1);
}

}  // namespace
}  // namespace millrace::dynamodb
