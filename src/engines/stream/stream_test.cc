#include "engines/stream/stream.h"

#include <set>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "engines/stream/iterator.h"
#include "engines/stream/reading.h"
#include "engines/stream/retention.h"
#include "store/memory_store_testing.h"
#include "store/run_testing.h"

namespace millrace::stream {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const base::WallTime kStart{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + hours(1) +
                            minutes(45) + std::chrono::microseconds(123456)};

class StreamTest : public testing::Test {
 protected:
  StreamTest() {
    random_ = base::make_seeded_random(7);
    name_ = {"000000000000", "eu-west-1", "Bids", label_at(kStart)};
    handle_ = new_handle(*random_, kStart);
    write([&](store::Batch& batch) { create(batch, {name_, handle_, kStart, 0, "NEW_IMAGE"}); });
  }
  ~StreamTest() override { store_->stop(); }

  void write(const std::function<void(store::Batch&)>& fill) {
    auto decide = [&](store::Reader&,
                      store::Batch& batch) -> base::Result<store::Verdict, store::StoreError> {
      fill(batch);
      return store::Verdict::kCommit;
    };
    store::LambdaTransaction transaction(decide);
    ASSERT_TRUE(store::run(store_->commit(transaction)));
  }
  void append(const std::string& key, const std::string& payload, base::WallTime at = kStart) {
    write([&](store::Batch& batch) { append_record(batch, handle_, key, payload, at); });
  }
  Stream describe_it() { return *store::run(describe(*store_, name_)); }
  ShardRef shard_of(const std::string& key) const {
    return {handle_.id, handle_.shard_at(place_of(partition_hash(key))).number};
  }
  base::Result<Page, Error> page(ShardRef shard, store::Sequence position, PageLimits limits = {}) {
    return store::run(read_page(*store_, shard, position, limits));
  }
  base::Result<store::Sequence, Error> position(ShardRef shard, Start start) {
    return store::run(find_position(*store_, shard_log(shard), start));
  }
  static std::vector<std::string> payloads(const Page& page) {
    std::vector<std::string> out;
    for (const auto& record : page.records)
      out.push_back(record.payload);
    return out;
  }

  std::unique_ptr<store::MemoryStore> store_ = store::make_memory_store();
  std::unique_ptr<base::Random> random_;
  StreamName name_;
  Handle handle_;
};

TEST_F(StreamTest, LabelsAndArnsLookLikeAwss) {
  EXPECT_EQ(name_.label, "2026-11-21T01:45:00.123");
  const auto arn = table_stream_arn(name_);
  EXPECT_EQ(arn, "arn:aws:dynamodb:eu-west-1:000000000000:table/Bids/stream/2026-11-21T01:45:00.123");
  EXPECT_EQ(parse_table_stream_arn(arn), name_);
  for (const char* bad :
       {"", "arn:aws:dynamodb:eu-west-1:0:table/Bids", "arn:aws:sqs:eu-west-1:0:table/B/stream/x",
        "arn:aws:dynamodb:eu-west-1:0:table/B/stream/"}) {
    EXPECT_EQ(parse_table_stream_arn(bad), std::nullopt) << bad;
  }
}

TEST_F(StreamTest, HandlesAndSequencesRoundTrip) {
  EXPECT_EQ(parse_handle(handle_text(handle_)), handle_);
  for (const char* bad :
       {"", "0123456789ab", "0123456789ab-0", "0123456789ab-9999", "xyz-4",
        "0123456789ab-4:", "0123456789ab-4:0.1.0", "0123456789ab-1:1.0.0", "0123456789ab-2:0.0.0,1.0.0",
        "0123456789ab-1:0.0", "0123456789ab-2:0.0.0,1.100000000.0"}) {
    EXPECT_EQ(parse_handle(bad), std::nullopt) << bad;
  }
  const auto old = parse_handle("0123456789ab-4");  // of a definition from before shards were replaced
  ASSERT_TRUE(old);
  EXPECT_EQ(old->open.size(), 4u);
  EXPECT_EQ(old->next, 4u);
  EXPECT_EQ(sequence_text(42), "100000000000000000042");
  EXPECT_EQ(parse_sequence(sequence_text(~store::Sequence{0})), ~store::Sequence{0});
  for (const char* bad :
       {"", "42", "200000000000000000042", "1000000000000000000x2", "199999999999999999999"}) {
    EXPECT_EQ(parse_sequence(bad), std::nullopt) << bad;
  }
}

TEST_F(StreamTest, TheHashIsStableForEver) {
  EXPECT_EQ(partition_hash(""), 0xefd01f60ba992926ULL);
  EXPECT_EQ(partition_hash("user#1"), 0xcbd95cfe3f2f68c0ULL);
  std::set<std::uint32_t> shards, lanes;
  for (int i = 0; i < 200; ++i) {
    const auto hash = partition_hash("user#" + std::to_string(i));
    const auto shard = static_cast<std::uint32_t>(handle_.shard_at(place_of(hash)).number);
    EXPECT_EQ(shard, static_cast<std::uint32_t>(hash) %
                         4);  // where records are that were written before there were splits
    shards.insert(shard);
    if (shard == 0) lanes.insert(lane_of(hash, 10));
  }
  EXPECT_EQ(shards.size(), 4u);
  EXPECT_GE(lanes.size(), 9u);  // a shard's keys still spread over the lanes
}

TEST_F(StreamTest, DescribesItsShards) {
  const auto stream = describe_it();
  EXPECT_EQ(stream.state, State::kEnabled);
  EXPECT_EQ(stream.details, "NEW_IMAGE");
  EXPECT_EQ(stream.created, kStart);
  ASSERT_EQ(stream.shards.size(), 4u);
  std::set<std::string> ids;
  for (const auto& shard : stream.shards) {
    EXPECT_TRUE(shard.id.starts_with("shardId-00000001795225500123-")) << shard.id;
    EXPECT_EQ(shard.id.size(), 37u);
    EXPECT_EQ(shard.ending, 0u);
    EXPECT_EQ(stream.find_shard(shard.id), &shard);
    ids.insert(shard.id);
  }
  EXPECT_EQ(ids.size(), 4u);
  EXPECT_EQ(stream.find_shard("shardId-none"), nullptr);
  auto missing = name_;
  missing.label = "other";
  EXPECT_EQ(store::run(describe(*store_, missing)).error().kind, ErrorKind::kNotFound);
}

TEST_F(StreamTest, RecordsOfOneKeyAreInOneShardInOrder) {
  for (int i = 0; i < 40; ++i)
    append("key" + std::to_string(i % 8), std::to_string(i));
  std::size_t total = 0;
  for (const auto& shard : describe_it().shards)
    total += page(shard.ref, 0)->records.size();
  EXPECT_EQ(total, 40u);
  const auto mine = partition_hash("key3");
  std::vector<std::string> seen;
  const auto read = page(shard_of("key3"), 0);
  for (const auto& record : read->records) {
    if (record.hash == mine) seen.push_back(record.payload);
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"3", "11", "19", "27", "35"}));
}

TEST_F(StreamTest, PagesAreBoundedByCountAndBytes) {
  for (int i = 0; i < 5; ++i)
    append("k", std::string(100, static_cast<char>('a' + i)));
  const auto two = page(shard_of("k"), 0, {2, 1000});
  EXPECT_EQ(two->records.size(), 2u);
  EXPECT_EQ(two->position, two->records.back().sequence);
  EXPECT_EQ(page(shard_of("k"), two->position, {10, 250})->records.size(), 2u);
  EXPECT_EQ(page(shard_of("k"), 0, {10, 1})->records.size(), 1u);  // one always fits
  const auto rest = page(shard_of("k"), two->position);
  EXPECT_EQ(rest->records.size(), 3u);
  const auto none = page(shard_of("k"), rest->position);
  EXPECT_TRUE(none->records.empty());
  EXPECT_EQ(none->position, rest->position);
  EXPECT_FALSE(none->ended);
}

TEST_F(StreamTest, PositionsOfEachKind) {
  append("k", "0", kStart);
  append("k", "1", kStart + seconds(10));
  append("k", "2", kStart + seconds(20));
  const auto shard = shard_of("k");
  const auto all = page(shard, 0)->records;
  const auto from = [&](Start start) { return payloads(*page(shard, *position(shard, start))); };
  EXPECT_EQ(from({StartAt::kTrimHorizon}).size(), 3u);
  EXPECT_TRUE(from({StartAt::kLatest}).empty());
  EXPECT_EQ(from({StartAt::kAtSequence, all[1].sequence}), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(from({StartAt::kAfterSequence, all[1].sequence}), (std::vector<std::string>{"2"}));
  EXPECT_EQ(from({StartAt::kAtTime, 0, kStart + seconds(10)}), (std::vector<std::string>{"1", "2"}));
  EXPECT_TRUE(from({StartAt::kAtTime, 0, kStart + seconds(21)}).empty());
  const auto latest = *position(shard, {StartAt::kLatest});
  append("k", "3");
  EXPECT_EQ(payloads(*page(shard, latest)), (std::vector<std::string>{"3"}));
}

TEST_F(StreamTest, AClosedStreamStaysReadableAndEnds) {
  append("k", "0");
  write([&](store::Batch& batch) { close(batch, handle_, kStart + seconds(1)); });
  const auto stream = describe_it();
  EXPECT_EQ(stream.state, State::kDisabled);
  const auto shard = shard_of("k");
  const auto read = page(shard, 0);
  EXPECT_EQ(payloads(*read), (std::vector<std::string>{"0"}));
  EXPECT_TRUE(read->ended);
  EXPECT_TRUE(page(shard, read->position)->ended);
  EXPECT_FALSE(page(shard, 0, {1, 1000})->ended);
  for (const auto& one : stream.shards) {
    EXPECT_GT(one.ending, 0u);
    if (one.ref.number == shard.number) {
      EXPECT_EQ(one.ending, read->position);
    }
  }
  EXPECT_EQ(store::run(trim_expired(*store_, kStart + hours(24)))->streams, 0u);
  EXPECT_EQ(store::run(trim_expired(*store_, kStart + hours(24) + seconds(2)))->streams, 1u);
  EXPECT_EQ(store::run(describe(*store_, name_)).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(page(shard, 0).error().kind, ErrorKind::kNotFound);
}

TEST_F(StreamTest, RetentionTrimsAndReadersHear) {
  append("k", "old", kStart);
  append("k", "new", kStart + hours(2));
  const auto shard = shard_of("k");
  const auto first = page(shard, 0)->records[0].sequence;
  const auto report = store::run(trim_expired(*store_, kStart + hours(25)));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->records, 1u);
  EXPECT_EQ(page(shard, 0).error().kind, ErrorKind::kTrimmed);
  EXPECT_EQ(position(shard, {StartAt::kAtSequence, first}).error().kind, ErrorKind::kTrimmed);
  const auto horizon = position(shard, {StartAt::kTrimHorizon});
  ASSERT_TRUE(horizon);
  EXPECT_EQ(payloads(*page(shard, *horizon)), (std::vector<std::string>{"new"}));
  EXPECT_EQ(store::run(trim_expired(*store_, kStart + hours(25)))->records, 0u);
}

TEST_F(StreamTest, AReaderAtTheTailOfATrimmedShardIsNotBehind) {
  append("k", "old", kStart);
  const auto tail = page(shard_of("k"), 0)->position;
  ASSERT_TRUE(store::run(trim_expired(*store_, kStart + hours(25))));
  EXPECT_TRUE(page(shard_of("k"), tail));
}

TEST_F(StreamTest, ListsByOwnerInOrder) {
  for (const char* owner : {"Auctions", "Bids", "Users"}) {
    for (int i = 1; i <= 2; ++i) {
      const NewStream other{{"000000000000", "eu-west-1", owner, label_at(kStart + hours(i))},
                            new_handle(*random_, kStart + hours(i)),
                            kStart + hours(i),
                            0,
                            ""};
      write([&](store::Batch& batch) { create(batch, other); });
    }
  }
  const auto bids = *store::run(list(*store_, {"000000000000", "eu-west-1", "Bids"}));
  ASSERT_EQ(bids.size(), 3u);
  EXPECT_EQ(bids[0].name, name_);
  ListRequest page{"000000000000", "eu-west-1", ""};
  page.limit = 3;
  std::vector<std::string> owners;
  for (;;) {
    const auto found = *store::run(list(*store_, page));
    if (found.empty()) break;
    for (const auto& stream : found)
      owners.push_back(stream.name.owner);
    page.after = found.back().name;
  }
  EXPECT_EQ(owners,
            (std::vector<std::string>{"Auctions", "Auctions", "Bids", "Bids", "Bids", "Users", "Users"}));
  EXPECT_TRUE(store::run(list(*store_, {"000000000000", "us-east-1", ""}))->empty());
}

TEST_F(StreamTest, TokensCarryAPositionForFifteenMinutes) {
  const auto token = make_token({name_, {handle_.id, 2}, 77, kStart});
  const auto iterator = parse_token(token, kStart + minutes(15));
  ASSERT_TRUE(iterator);
  EXPECT_EQ(iterator->name, name_);
  EXPECT_EQ(iterator->shard.stream, handle_.id);
  EXPECT_EQ(iterator->shard.number, 2u);
  EXPECT_EQ(iterator->position, 77u);
  EXPECT_EQ(parse_token(token, kStart + minutes(15) + seconds(1)).error(), TokenError::kExpired);
  auto other_table = token;
  other_table.replace(other_table.find("Bids"), 4, "Kids");
  for (const auto& bad : {std::string(), token.substr(0, token.size() - 4), token + "AAAA", other_table}) {
    EXPECT_EQ(parse_token(bad, kStart).error(), TokenError::kInvalid) << bad;
  }
}

}  // namespace
}  // namespace millrace::stream
