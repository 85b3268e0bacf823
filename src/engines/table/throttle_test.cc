#include "engines/table/throttle.h"

#include <gtest/gtest.h>

#include "base/clock_testing.h"

namespace millrace::table {
namespace {

TableDefinition provisioned(std::int64_t read, std::int64_t write) {
  TableDefinition table;
  table.id = 1;
  table.throughput.read = read;
  table.throughput.write = write;
  return table;
}

TEST(Throttle, LetsFiveMinutesOfUnusedThroughputThroughAndThenTheRate) {
  base::StillClock clock;
  Throttle throttle(clock);
  const TableDefinition table = provisioned(1, 2);
  int writes = 0;
  for (; throttle.admits_write(table); ++writes)
    throttle.charge_write(table, 1);
  EXPECT_EQ(writes, 600);
  clock.advance(std::chrono::seconds(10));
  for (writes = 0; throttle.admits_write(table); ++writes)
    throttle.charge_write(table, 1);
  EXPECT_EQ(writes, 20);
  EXPECT_TRUE(throttle.admits_read(table, nullptr));  // a bucket of its own
  clock.advance(std::chrono::hours(24));
  for (writes = 0; throttle.admits_write(table); ++writes)
    throttle.charge_write(table, 1);
  EXPECT_EQ(writes, 600);  // no more is saved up
}

TEST(Throttle, WhatOneRequestOverdrewIsPaidBackFirst) {
  base::StillClock clock;
  Throttle throttle(clock);
  const TableDefinition table = provisioned(10, 1);
  throttle.charge_read(table, nullptr, 3000 + 50);
  EXPECT_FALSE(throttle.admits_read(table, nullptr));
  clock.advance(std::chrono::milliseconds(5000));
  EXPECT_FALSE(throttle.admits_read(table, nullptr));
  clock.advance(std::chrono::milliseconds(100));
  EXPECT_TRUE(throttle.admits_read(table, nullptr));
}

TEST(Throttle, AGlobalIndexHasItsOwnThroughputAndHoldsWritesBack) {
  base::StillClock clock;
  Throttle throttle(clock);
  TableDefinition table = provisioned(5, 5);
  IndexDefinition global;
  global.id = 2;
  global.throughput = {1, 1, {}, {}};
  IndexDefinition local;
  local.id = 3;
  local.global = false;
  table.indexes = {global, local};
  throttle.charge_read(table, &table.indexes[0], 400);
  EXPECT_FALSE(throttle.admits_read(table, &table.indexes[0]));
  EXPECT_TRUE(throttle.admits_read(table, nullptr));
  throttle.charge_read(table, &table.indexes[1], 2000);
  EXPECT_FALSE(throttle.admits_read(table, nullptr));
  throttle.charge_index_write(table, 2, 400);
  EXPECT_FALSE(throttle.admits_write(table));
  table.billing = BillingMode::kPayPerRequest;
  EXPECT_TRUE(throttle.admits_write(table));
}

TEST(Throttle, CountsUnitsAsAwsDoes) {
  EXPECT_EQ(read_units(0, true), 1);
  EXPECT_EQ(read_units(4096, false), 0.5);
  EXPECT_EQ(read_units(4097, true), 2);
  EXPECT_EQ(write_units(1025), 2);
}

}  // namespace
}  // namespace millrace::table
