// Shards of a table's stream under load and with age: when they are replaced, and that no record loses its place.
#include "engines/table/stream_shards.h"

#include <map>

#include <gtest/gtest.h>

#include "base/clock_testing.h"
#include "engines/stream/reading.h"
#include "engines/table/change_record.h"
#include "engines/table/item_testing.h"
#include "engines/table/table_stream.h"
#include "engines/table/tables.h"
#include "store/memory_store_testing.h"
#include "store/run_testing.h"

namespace millrace::table {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using store::run;

class StreamShardsTest : public testing::Test {
 protected:
  explicit StreamShardsTest(ShardRules rules = {10, hours(4)})
      : tables_(*store_, clock_, TablesOptions{false, rules}) {
    TableDefinition wanted;
    wanted.name = {"000000000000", "us-east-1", "bids"};
    wanted.keys = {{"pk", KeyType::kString}, std::nullopt, {}, {}};
    wanted.stream = new_table_stream(StreamView::kNewImage, *random_, clock_.now());
    const auto now = clock_.now();
    table_ =
        *run(tables_.definitions().create(wanted, [now](const TableDefinition& made, store::Batch& batch) {
          create_stream(batch, made, now);
        }));
  }
  void put(const std::string& key, std::size_t padding = 0) {
    Item item;
    item.set("pk", Value{String{key}});
    item.set("n", Value{Number{std::to_string(++written_)}});
    item.set("padding", Value{String{std::string(padding, 'x')}});
    ItemWrite write;
    write.item = &item;
    ASSERT_TRUE(run(tables_.items().write(table_, write)));
    order_[key].push_back(written_);
  }
  stream::Stream describe() {
    return *run(stream::describe(
        *store_, {table_->name.account, table_->name.region, table_->name.name, table_->stream->label}));
  }
  stream::Handle handle() { return (*run(tables_.definitions().find(table_->name)))->stream->handle; }
  void replace_due() { ASSERT_TRUE(run(tables_.replace_shards())); }
  void set_stream(bool enabled) {
    std::optional<TableStream> before;
    const auto now = clock_.now();
    Definitions::Edit edit = [&](TableDefinition& made) -> TableResult<void> {
      before = made.stream;
      if (enabled) made.stream = new_table_stream(StreamView::kNewImage, *random_, now);
      made.stream->enabled = enabled;
      return {};
    };
    Definitions::AlsoWrite also = [&](const TableDefinition& made, store::Batch& batch) {
      enabled ? create_stream(batch, made, now) : close_stream(batch, *before, now);
    };
    ASSERT_TRUE(run(tables_.definitions().change(table_->name, edit, also)));
  }
  // Of all shards, parents first: each key's writes, in order.
  void expect_all_records() {
    std::map<std::string, std::vector<int>> read;
    const stream::Stream stream = describe();
    for (const stream::Shard& shard : stream.shards) {
      const auto page = *run(stream::read_page(*store_, shard.ref, 0, {100000, 1u << 30}));
      for (const stream::Record& record : page.records) {
        const Item item = item_from_json(decode_change(record.payload)->new_image);
        read[std::get<String>(item.find("pk")->data).text].push_back(
            std::stoi(std::get<Number>(item.find("n")->data).text));
      }
    }
    EXPECT_EQ(read, order_);
  }

  std::unique_ptr<store::MemoryStore> store_ = store::make_memory_store();
  base::StillClock clock_;
  std::unique_ptr<base::Random> random_ = base::make_seeded_random(5);
  Tables tables_;
  DefinitionPtr table_;
  int written_ = 0;
  std::map<std::string, std::vector<int>> order_;
};

TEST_F(StreamShardsTest, AHotShardIsSplitAndOrderHolds) {
  for (int i = 0; i < 1200; ++i) {
    put("key" + std::to_string(i % 40));
    if (i % 300 == 299) replace_due();
  }
  EXPECT_GT(handle().open.size(), 7u);
  const stream::Stream stream = describe();
  EXPECT_EQ(stream.shards.size(), handle().next);
  for (const stream::Shard& shard : stream.shards)
    EXPECT_EQ(shard.parent.empty(), shard.ref.number < 4);
  expect_all_records();
}

// Writes go on by the definition that was there before the split: they are decided again.
TEST_F(StreamShardsTest, AWriterWithTheOldLayoutIsToldSo) {
  for (int i = 0; i < 600; ++i)
    put("key" + std::to_string(i % 40));
  replace_due();
  ASSERT_NE(table_->stream->handle, handle());
  for (int i = 0; i < 100; ++i)
    put("key" + std::to_string(i % 40));
  expect_all_records();
}

TEST_F(StreamShardsTest, BigItemsCountByTheirSize) {
  for (int i = 0; i < 40; ++i)
    put("key" + std::to_string(i), 20 << 10);  // 21 units each
  replace_due();
  EXPECT_GT(handle().open.size(), 4u);
}

TEST_F(StreamShardsTest, OneHotKeyStaysInOneShard) {
  for (int i = 0; i < 500; ++i)
    put("one");
  replace_due();
  EXPECT_EQ(handle().open.size(), 4u);
}

TEST_F(StreamShardsTest, OldShardsAreFollowedByOthers) {
  put("a");
  clock_.advance(hours(4) - seconds(1));
  replace_due();
  EXPECT_EQ(handle().next, 4u);
  clock_.advance(seconds(60));
  replace_due();
  EXPECT_EQ(handle().next, 8u);
  EXPECT_EQ(handle().open.size(), 4u);
  put("a");
  clock_.advance(hours(40));  // the server was off: one generation, not ten
  replace_due();
  EXPECT_EQ(handle().next, 12u);
  replace_due();
  EXPECT_EQ(handle().next, 12u);
  expect_all_records();
}

TEST_F(StreamShardsTest, AStreamThatIsOffIsLetBe) {
  for (int i = 0; i < 600; ++i)
    put("key" + std::to_string(i % 40));
  const std::uint64_t first = handle().id;
  set_stream(false);
  clock_.advance(hours(5));
  replace_due();
  EXPECT_EQ(describe().shards.size(), 4u);
  set_stream(true);
  EXPECT_NE(handle().id, first);
  EXPECT_EQ(handle().next, 4u);
  replace_due();
  EXPECT_EQ(handle().next, 4u);
}

TEST_F(StreamShardsTest, ATableThatIsGoneIsNoProblem) {
  for (int i = 0; i < 600; ++i)
    put("key" + std::to_string(i % 40));
  ASSERT_TRUE(run(tables_.definitions().remove(table_->name, {})));
  replace_due();
}

class NeverTest : public StreamShardsTest {
 protected:
  NeverTest() : StreamShardsTest({0, seconds(0)}) {}
};

TEST_F(NeverTest, ByWishShardsStayAsTheyAre) {
  for (int i = 0; i < 2000; ++i)
    put("key" + std::to_string(i % 40), 2000);
  clock_.advance(hours(100));
  replace_due();
  EXPECT_EQ(handle().next, 4u);
}

}  // namespace
}  // namespace millrace::table
