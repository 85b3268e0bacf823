// Shards and what follows them: lineage, the order of records, their end, how long they are kept.
#include "engines/stream/shards.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "engines/stream/layout.h"
#include "engines/stream/retention.h"
#include "store/memory_store_testing.h"
#include "store/run_testing.h"
#include "store/tuple.h"

namespace millrace::stream {
namespace {

using std::chrono::hours;

const base::WallTime kStart{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21}};

class ShardsTest : public testing::Test {
 protected:
  ShardsTest() {
    random_ = base::make_seeded_random(7);
    name_ = {"000000000000", "eu-west-1", "Bids", label_at(kStart)};
    handle_ = new_handle(*random_, kStart);
    write([&](store::Reader&, store::Batch& batch) { create(batch, {name_, handle_, kStart, 0, "D"}); });
  }
  ~ShardsTest() override { store_->stop(); }

  void write(const std::function<void(store::Reader&, store::Batch&)>& fill,
             std::vector<std::string> keys = {}) {
    auto decide = [&](store::Reader& view,
                      store::Batch& batch) -> base::Result<store::Verdict, store::StoreError> {
      fill(view, batch);
      return store::Verdict::kCommit;
    };
    store::LambdaTransaction transaction(decide);
    transaction.keys = std::move(keys);
    ASSERT_TRUE(store::run(store_->commit(transaction)));
  }
  void append(const std::string& key, const std::string& payload) {
    write([&](store::Reader&, store::Batch& batch) { append_record(batch, handle_, key, payload, now_); });
  }
  void replace(const std::vector<Replacement>& replacements) {
    Handle made;
    write([&](store::Reader& view,
              store::Batch& batch) { made = *replace_shards(view, batch, handle_, replacements, now_); },
          replacement_keys(handle_.id, replacements));
    handle_ = made;
  }
  Stream describe_it() { return *store::run(describe(*store_, name_)); }
  const OpenShard& shard_of(const std::string& key) const {
    return handle_.shard_at(place_of(partition_hash(key)));
  }
  Place middle_of(std::uint64_t number) const {
    const auto at = static_cast<std::size_t>(std::ranges::find(handle_.open, number, &OpenShard::number) -
                                             handle_.open.begin());
    return (handle_.open[at].begin + handle_.end_of(at)) / 2;
  }
  base::Result<Page, Error> page(const Shard& shard, store::Sequence position) {
    return store::run(read_page(*store_, shard.ref, position, {}));
  }

  std::unique_ptr<store::MemoryStore> store_ = store::make_memory_store();
  std::unique_ptr<base::Random> random_;
  base::WallTime now_ = kStart;
  StreamName name_;
  Handle handle_;
};

TEST_F(ShardsTest, ASplitClosesTheParentAndOpensTwoChildren) {
  append("a", "before");
  const std::uint64_t parent = shard_of("a").number;
  now_ += hours(1);
  replace({{parent, middle_of(parent)}});
  append("a", "after");
  EXPECT_EQ(handle_.open.size(), 5u);
  EXPECT_EQ(handle_.next, 6u);
  const Stream stream = describe_it();
  EXPECT_EQ(stream.state, State::kEnabled);
  ASSERT_EQ(stream.shards.size(), 6u);
  const Shard& closed = stream.shards[parent];
  ASSERT_NE(closed.ending, 0u);
  EXPECT_EQ(closed.closed, now_);
  std::size_t with_record = 0;
  for (const Shard& child : {stream.shards[4], stream.shards[5]}) {
    EXPECT_EQ(child.parent, closed.id);
    EXPECT_EQ(child.ending, 0u);
    EXPECT_GT(child.starting, closed.ending);
    EXPECT_TRUE(child.id.starts_with("shardId-00000001795222800000-")) << child.id;
    const auto read = *page(child, 0);
    for (const Record& record : read.records) {
      ++with_record;
      EXPECT_EQ(record.payload, "after");
      EXPECT_GE(record.sequence, child.starting);
    }
  }
  EXPECT_EQ(with_record, 1u);
  EXPECT_NE(stream.shards[4].id, stream.shards[5].id);
  const auto read = *page(closed, 0);
  ASSERT_EQ(read.records.size(), 1u);
  EXPECT_EQ(read.records[0].payload, "before");
  EXPECT_LE(read.records[0].sequence, closed.ending);
  EXPECT_TRUE(read.ended);
  EXPECT_TRUE(page(closed, read.position)->ended);
  EXPECT_TRUE(page(closed, read.position + 100)->ended);  // LATEST, asked for later
}

TEST_F(ShardsTest, OneChildHasTheWholeRange) {
  replace({{0}, {1}, {2}, {3}});
  const Stream stream = describe_it();
  ASSERT_EQ(stream.shards.size(), 8u);
  std::set<std::string> ids;
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NE(stream.shards[i].ending, 0u);
    EXPECT_EQ(stream.shards[4 + i].parent, stream.shards[i].id);
    ids.insert(stream.shards[4 + i].id);
  }
  EXPECT_EQ(ids.size(), 4u);
  EXPECT_EQ(handle_.open.size(), 4u);
}

TEST_F(ShardsTest, WhatIsNotThereIsNotReplaced) {
  const Handle before = handle_;
  replace({{77}, {0, Place{0}}, {0, kPlaces}});
  EXPECT_EQ(handle_, before);
  replace({{0}, {0}});  // closed by the first
  EXPECT_EQ(handle_.open.size(), 4u);
  EXPECT_EQ(describe_it().shards.size(), 5u);
}

TEST_F(ShardsTest, ThereAreNeverTooManyShards) {
  for (std::size_t open = 4; open < kMaxOpenShards + 10; ++open)
    replace({{handle_.open.back().number, (handle_.open.back().begin + kPlaces) / 2},
             {handle_.open.front().number, handle_.end_of(0) / 2}});
  EXPECT_LE(handle_.open.size(), kMaxOpenShards);
  for (std::size_t i = 1; i < handle_.open.size(); ++i)
    EXPECT_LT(handle_.open[i - 1].begin, handle_.open[i].begin);
}

// Whatever happens to shards, whoever reads parents first sees each key's records in order, once.
TEST_F(ShardsTest, OrderPerKeyGoesOnAcrossReplacements) {
  std::map<std::string, std::vector<std::string>> written;
  for (int i = 0; i < 2000; ++i) {
    const std::string key = "key" + std::to_string(random_->below(30));
    append(key, key + "/" + std::to_string(i));
    written[key].push_back(key + "/" + std::to_string(i));
    if (i % 40 != 39) continue;
    const std::uint64_t number = handle_.open[random_->below(handle_.open.size())].number;
    replace({random_->below(2) == 0 ? Replacement{number} : Replacement{number, middle_of(number)}});
  }
  std::map<std::string, std::vector<std::string>> read;
  const Stream stream = describe_it();
  for (const Shard& shard : stream.shards) {  // parents come before their children
    const auto page_read = *page(shard, 0);
    for (const Record& record : page_read.records)
      read[record.payload.substr(0, record.payload.find('/'))].push_back(record.payload);
  }
  EXPECT_EQ(read, written);
  EXPECT_EQ(parse_handle(handle_text(handle_)), handle_);
}

TEST_F(ShardsTest, ManyGenerationsHaveLogsOfTheirOwn) {
  handle_.next = 4094;  // as if so many had been
  std::set<store::LogId> logs;
  for (int i = 0; i < 6; ++i)
    replace({{handle_.open.back().number}});
  const Stream stream = describe_it();
  for (const Shard& shard : stream.shards)
    logs.insert(shard.log);
  EXPECT_EQ(logs.size(), 10u);
  EXPECT_EQ(handle_.open.back().number, 4099u);
  append("a", "x");
  std::size_t found = 0;
  for (const Shard& shard : stream.shards)
    found += page(shard, 0)->records.size();
  EXPECT_EQ(found, 1u);
}

TEST_F(ShardsTest, ClosedShardsGoADayLater) {
  append("a", "old");
  now_ += hours(1);
  replace({{0}, {1}, {2}, {3}});
  append("a", "new");
  const Shard parent = describe_it().shards[shard_of("a").number - 4];
  EXPECT_EQ(store::run(trim_expired(*store_, kStart + hours(25)))->shards, 0u);
  EXPECT_EQ(describe_it().shards.size(), 8u);
  const auto report = *store::run(trim_expired(*store_, kStart + hours(25) + std::chrono::seconds(1)));
  EXPECT_EQ(report.shards, 4u);
  const Stream stream = describe_it();
  ASSERT_EQ(stream.shards.size(), 4u);
  EXPECT_EQ(stream.find_shard(parent.id), nullptr);
  std::size_t named = 0, records = 0;
  for (const Shard& shard : stream.shards) {
    named += shard.parent == parent.id;
    if (auto read = page(shard, store::run(find_position(*store_, shard.log, {})).value()))
      records += read->records.size();
  }
  EXPECT_EQ(named, 1u);  // the child still says whom it followed
  EXPECT_EQ(page(parent, 0).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(records, 0u);  // "new" was written at the same time as the parents were closed
}

TEST_F(ShardsTest, ReadersOfTrimmedRecordsHear) {
  append("a", "old");
  const Shard parent = describe_it().shards[shard_of("a").number];
  now_ += hours(20);
  append("a", "newer");
  replace({{parent.ref.number}});
  ASSERT_TRUE(store::run(trim_expired(*store_, kStart + hours(30))));
  EXPECT_EQ(page(parent, 0).error().kind, ErrorKind::kTrimmed);
  const auto horizon = store::run(find_position(*store_, parent.log, {}));
  EXPECT_EQ(page(parent, *horizon)->records.size(), 1u);
}

TEST_F(ShardsTest, AStreamGoesWithAllItsShards) {
  replace({{0}, {1, middle_of(1)}});
  write([&](store::Reader&, store::Batch& batch) { close(batch, handle_, now_); });
  const Stream closed = describe_it();
  EXPECT_EQ(closed.shards.size(), 7u);
  for (const Shard& shard : closed.shards) {
    EXPECT_NE(shard.ending, 0u);
    EXPECT_TRUE(page(shard, 0)->ended);
  }
  EXPECT_EQ(store::run(trim_expired(*store_, kStart + hours(25)))->streams, 1u);
  EXPECT_EQ(store::run(describe(*store_, name_)).error().kind, ErrorKind::kNotFound);
  for (const Shard& shard : closed.shards)
    EXPECT_EQ(page(shard, 0).error().kind, ErrorKind::kNotFound);
}

// A description as it was written before shards were replaced.
TEST_F(ShardsTest, OldStreamsGetRecordsOfTheirShards) {
  const StreamName name{"000000000000", "eu-west-1", "Old", "l"};
  std::string old(1, '\x01');
  for (const std::uint64_t number : {0xabcdULL, 4ULL})
    store::append_u64(old, number);
  old += encode_time(kStart);
  store::append_u64(old, 9);
  old += "details";
  write([&](store::Reader&, store::Batch& batch) { batch.put(description_key(name), old); });
  ASSERT_TRUE(store::run(upgrade_streams(*store_)));
  ASSERT_TRUE(store::run(upgrade_streams(*store_)));  // nothing is left to do
  const auto stream = store::run(describe(*store_, name));
  ASSERT_TRUE(stream);
  EXPECT_EQ(stream->id, 0xabcdu);
  EXPECT_EQ(stream->details, "details");
  ASSERT_EQ(stream->shards.size(), 4u);
  EXPECT_EQ(stream->shards[3].starting, 10u);
  EXPECT_EQ(stream->shards[3].log, (store::LogId{1} << 60 | store::LogId{0xabcd} << 12 | 3));
  handle_ = *parse_handle("00000000abcd-4");
  name_ = name;
  replace({{0}});
  EXPECT_EQ(describe_it().shards.back().parent, stream->shards[0].id);
}

}  // namespace
}  // namespace millrace::stream
