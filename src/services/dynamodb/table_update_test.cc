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
  const auto shown = describe(table, {}).global_secondary_indexes->at(0);
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

}  // namespace
}  // namespace millrace::dynamodb
