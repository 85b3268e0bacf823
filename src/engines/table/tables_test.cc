// The table engine against an obviously right model: random writes, then the table, its indexes, its counters and its
// stream must all tell the same story.
#include "engines/table/tables.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

#include "base/clock_testing.h"
#include "engines/stream/reading.h"
#include "engines/table/change_record.h"
#include "engines/table/item_codec.h"
#include "engines/table/item_size.h"
#include "engines/table/item_testing.h"
#include "engines/table/table_stream.h"
#include "store/memory_store_testing.h"
#include "store/run_testing.h"

namespace millrace::table {
namespace {

using store::run;

Value text(std::string s) {
  return Value{String{std::move(s)}};
}
Value number(int n) {
  return Value{Number{std::to_string(n)}};
}

IndexDefinition make_index(std::string name, bool global, KeyAttribute partition,
                           std::optional<KeyAttribute> sort, ProjectionType projection) {
  IndexDefinition index;
  index.name = std::move(name);
  index.global = global;
  index.keys = {std::move(partition), std::move(sort)};
  index.projection = projection;
  return index;
}

class TablesTest : public testing::Test {
 protected:
  TableDefinition definition() {
    TableDefinition table;
    table.name = {"000000000000", "us-east-1", "bids"};
    table.keys = {{"pk", KeyType::kString}, KeyAttribute{"sk", KeyType::kNumber}};
    return table;
  }
  IndexDefinition by_color() {
    return make_index("by-color", true, {"color", KeyType::kString}, KeyAttribute{"sk", KeyType::kNumber},
                      ProjectionType::kAll);
  }
  TableDefinition rich_definition() {
    TableDefinition table = definition();
    table.indexes.push_back(by_color());
    table.indexes.push_back(make_index("by-size", false, {"pk", KeyType::kString},
                                       KeyAttribute{"size", KeyType::kNumber}, ProjectionType::kKeysOnly));
    table.stream = new_table_stream(StreamView::kNewAndOldImages, *random_, clock_.now());
    return table;
  }
  DefinitionPtr create(TableDefinition definition) {
    const auto now = clock_.now();
    Definitions::AlsoWrite also = [now](const TableDefinition& made, store::Batch& batch) {
      if (made.stream) create_stream(batch, made, now);
    };
    auto created = run(tables_.definitions().create(std::move(definition), also));
    EXPECT_TRUE(created);
    return *created;
  }
  Item key(const std::string& pk, int sk) {
    Item item;
    item.set("pk", text(pk));
    item.set("sk", number(sk));
    return item;
  }
  TableResult<WriteOutcome> put(const DefinitionPtr& table, const Item& item,
                                const Condition* condition = nullptr) {
    ItemWrite write;
    write.item = &item;
    write.condition = condition;
    return run(tables_.items().write(table, write));
  }
  TableResult<WriteOutcome> erase(const DefinitionPtr& table, const Item& key) {
    ItemWrite write;
    write.kind = WriteKind::kDelete;
    write.item = &key;
    return run(tables_.items().write(table, write));
  }
  Page page(const DefinitionPtr& table, const PageRequest& request) {
    const Pages::Check all = [](const TableDefinition&, const IndexDefinition*) {
      return TableResult<void>();
    };
    auto read = run(tables_.pages().read(table, request, all));
    EXPECT_TRUE(read) << (read ? "" : read.error().message);
    return read ? std::move(*read) : Page();
  }

  std::unique_ptr<store::MemoryStore> store_ = store::make_memory_store();
  base::StillClock clock_;
  std::unique_ptr<base::Random> random_ = base::make_seeded_random(7);
  Tables tables_{*store_, clock_};
};

// The items of a page: read as a list.
std::vector<Item> split_items(const std::string& items) {
  const Value list = value_from_json("{\"L\":[" + [&] {
    std::string maps;
    std::size_t depth = 0;
    for (const char c : items) {
      if (c == '{' && depth++ == 0) maps += "{\"M\":";
      maps += c;
      if (c == '}' && --depth == 0) maps += '}';
    }
    return maps;
  }() + "]}");
  std::vector<Item> out;
  for (const Value& member : std::get<List>(list.data).members)
    out.push_back(std::get<Map>(member.data));
  return out;
}

using Model = std::map<std::pair<std::string, int>, Item>;

// What the stream says the table must hold now.
Model replay(store::Store& store, const TableDefinition& table) {
  Model model;
  auto described = run(
      stream::describe(store, {table.name.account, table.name.region, table.name.name, table.stream->label}));
  EXPECT_TRUE(described);
  if (!described) return model;
  for (const stream::Shard& shard : described->shards) {
    auto records = run(stream::read_page(store, shard.ref, 0, {100000, 1u << 30}));
    EXPECT_TRUE(records);
    for (const stream::Record& record : records->records) {
      const auto change = decode_change(record.payload);
      EXPECT_TRUE(change);
      const Item key = item_from_json(change->keys);
      const std::pair<std::string, int> place{std::get<String>(key.find("pk")->data).text,
                                              std::stoi(std::get<Number>(key.find("sk")->data).text)};
      EXPECT_EQ(change->kind != ChangeKind::kInsert, model.contains(place));
      if (!change->old_image.empty()) {
        EXPECT_TRUE(model.contains(place) && model[place] == item_from_json(change->old_image));
      }
      if (change->kind == ChangeKind::kRemove)
        model.erase(place);
      else
        model[place] = item_from_json(change->new_image);
    }
  }
  return model;
}

TEST_F(TablesTest, AgreesWithTheModelAfterRandomWrites) {
  const DefinitionPtr table = create(rich_definition());
  Model model;
  std::mt19937 dice(11);
  const char* colors[] = {"red", "green", "blue"};
  for (int i = 0; i < 3000; ++i) {
    const std::string pk = "p" + std::to_string(dice() % 5);
    const int sk = static_cast<int>(dice() % 8);
    if (dice() % 4 == 0) {
      auto erased = erase(table, key(pk, sk));
      ASSERT_TRUE(erased);
      EXPECT_EQ(erased->changed, model.erase({pk, sk}) == 1);
      continue;
    }
    Item item = key(pk, sk);
    if (dice() % 3) item.set("color", text(colors[dice() % 3]));
    if (dice() % 3) item.set("size", number(static_cast<int>(dice() % 4)));
    item.set("note", text(std::string(dice() % 40, 'x')));
    auto written = put(table, item);
    ASSERT_TRUE(written);
    EXPECT_EQ(written->changed, !model.contains({pk, sk}) || !(model[{pk, sk}] == item));
    model[{pk, sk}] = item;
  }

  TableCounters expected;
  std::map<std::string, std::size_t> in_index;
  for (const auto& [place, item] : model) {
    ++expected.table.items;
    expected.table.bytes += static_cast<std::int64_t>(item_size(item));
    if (item.find("color")) ++in_index["by-color"];
    if (item.find("size")) ++in_index["by-size"];
  }
  EXPECT_EQ(page(table, {}).count, model.size());
  for (const auto& [name, count] : in_index) {
    PageRequest request;
    request.index_name = name;
    const Page entries = page(table, request);
    EXPECT_EQ(entries.count, count) << name;
    for (const Item& entry : split_items(entries.items)) {
      const auto& item = model.at({std::get<String>(entry.find("pk")->data).text,
                                   std::stoi(std::get<Number>(entry.find("sk")->data).text)});
      for (const auto& [attribute, value] : entry.members)
        EXPECT_TRUE(item.find(attribute) && *item.find(attribute) == value);
      EXPECT_EQ(entry.find("note") != nullptr, name == "by-color");
    }
  }
  const TableCounters counters = *run(tables_.definitions().counters(table));
  EXPECT_EQ(counters.table.items, expected.table.items);
  EXPECT_EQ(counters.table.bytes, expected.table.bytes);
  for (const IndexDefinition& index : table->indexes)
    EXPECT_EQ(counters.indexes.at(index.id).items, static_cast<std::int64_t>(in_index[index.name]))
        << index.name;
  EXPECT_TRUE(replay(*store_, *table) == model);
}

// An index with two partition and three sort attributes, against a sort of the items that have them all.
TEST_F(TablesTest, AnIndexOfSeveralAttributesAgreesWithASortOfTheItems) {
  TableDefinition wanted = definition();
  IndexDefinition index = by_color();
  index.name = "multi";
  index.keys.more_partition = {{"shop", KeyType::kString}};
  index.keys.sort = KeyAttribute{"size", KeyType::kNumber};
  index.keys.more_sort = {{"tag", KeyType::kString}, {"sk", KeyType::kNumber}};
  wanted.indexes.push_back(index);
  const DefinitionPtr table = create(wanted);
  std::mt19937 dice(23);
  const char* words[] = {"", "a", "b", "ab"};
  Model model;
  for (int i = 0; i < 1500; ++i) {
    const std::string pk = "p" + std::to_string(dice() % 40);
    const int sk = static_cast<int>(dice() % 4) - 2;
    Item item = key(pk, sk);
    for (const char* name : {"color", "shop", "tag"}) {
      if (const auto roll = dice() % 4) item.set(name, text(words[roll]));
    }
    if (dice() % 5) item.set("size", number(static_cast<int>(dice() % 6) - 3));
    ASSERT_TRUE(put(table, item));
    model[{pk, sk}] = std::move(item);
  }
  std::vector<Item> expected;
  for (const auto& [place, item] : model) {
    if (item.members.size() == 6) expected.push_back(item);
  }
  ASSERT_GT(expected.size(), 20u);
  for (const char* color : {"a", "b", "ab"}) {
    for (const char* shop : {"a", "b", "ab"}) {
      std::vector<Item> mine;
      for (const Item& item : expected) {
        if (*item.find("color") == text(color) && *item.find("shop") == text(shop)) mine.push_back(item);
      }
      const auto sort_key = [](const Item& item) {
        const auto number_of = [&](std::string_view name) {
          return std::stoi(std::get<Number>(item.find(name)->data).text);
        };
        return std::tuple(number_of("size"), std::get<String>(item.find("tag")->data).text, number_of("sk"));
      };
      std::ranges::stable_sort(mine, {}, sort_key);
      const Value c = text(color), s = text(shop), size = number(1), tag = text("b");
      std::vector<KeyCondition> conditions = {{"color", Comparison::kEq, &c}, {"shop", Comparison::kEq, &s}};
      const auto check = [&](auto keep, const char* what) {
        KeyConditions query{conditions};
        PageRequest request;
        request.index_name = "multi";
        request.query = &query;
        request.limit = 2;
        std::vector<std::tuple<int, std::string, int>> got, want;
        Item start;
        for (;;) {
          const Page one = page(table, request);
          for (const Item& item : split_items(one.items))
            got.push_back(sort_key(item));
          if (one.last_key.empty()) break;
          start = item_from_json(one.last_key);
          EXPECT_EQ(start.members.size(), 6u);
          request.start_key = &start;
        }
        for (const Item& item : mine) {
          if (keep(sort_key(item))) want.push_back(sort_key(item));
        }
        EXPECT_EQ(got, want) << color << ' ' << shop << ' ' << what;
      };
      check([](auto) { return true; }, "all");
      conditions.push_back({"size", Comparison::kGe, &size});
      check([](auto k) { return std::get<0>(k) >= 1; }, "size >= 1");
      conditions.back().comparison = Comparison::kLt;
      check([](auto k) { return std::get<0>(k) < 1; }, "size < 1");
      conditions.back().comparison = Comparison::kEq;
      check([](auto k) { return std::get<0>(k) == 1; }, "size = 1");
      conditions.push_back({"tag", Comparison::kLe, &tag});
      check([](auto k) { return std::get<0>(k) == 1 && std::get<1>(k) <= "b"; }, "tag <= b");
      conditions.back().comparison = Comparison::kGt;
      check([](auto k) { return std::get<0>(k) == 1 && std::get<1>(k) > "b"; }, "tag > b");
    }
  }
  PageRequest all;
  all.index_name = "multi";
  all.total_segments = 3;
  std::size_t seen = 0;
  for (all.segment = 0; all.segment < 3; ++all.segment)
    seen += page(table, all).count;
  EXPECT_EQ(seen, expected.size());
  const DefinitionPtr decoded = decode_definition(encode_definition(*table));
  ASSERT_EQ(decoded->indexes.size(), 1u);
  EXPECT_EQ(decoded->indexes[0].keys.more_partition.size(), 1u);
  EXPECT_EQ(decoded->indexes[0].keys.more_sort.size(), 2u);
  EXPECT_EQ(decoded->indexes[0].keys.sort->name, "size");
}

TEST_F(TablesTest, PagesMeetEveryItemOnceInBothDirectionsAndInSegments) {
  const DefinitionPtr table = create(definition());
  for (int i = 0; i < 40; ++i)
    ASSERT_TRUE(put(table, key("p" + std::to_string(i % 10), i)));
  for (std::uint32_t segments : {1u, 3u, 16u}) {
    std::size_t seen = 0;
    for (std::uint32_t segment = 0; segment < segments; ++segment) {
      PageRequest request;
      request.segment = segment;
      request.total_segments = segments;
      request.limit = 3;
      Item start;
      for (;;) {
        const Page one = page(table, request);
        seen += one.count;
        if (one.last_key.empty()) break;
        start = item_from_json(one.last_key);
        request.start_key = &start;
      }
    }
    EXPECT_EQ(seen, 40u) << segments;
  }
}

TEST_F(TablesTest, AFullLastPageStillHasALastKey) {
  const DefinitionPtr table = create(definition());
  ASSERT_TRUE(put(table, key("a", 1)));
  PageRequest request;
  request.limit = 1;
  EXPECT_FALSE(page(table, request).last_key.empty());
  request.limit = 2;
  EXPECT_TRUE(page(table, request).last_key.empty());
}

TEST_F(TablesTest, APageEndsWithTheItemThatReachesOneMegabyte) {
  const DefinitionPtr table = create(definition());
  for (int i = 0; i < 5; ++i) {
    Item item = key("a", i);
    item.set("blob", text(std::string(300 * 1024, 'b')));
    ASSERT_TRUE(put(table, item));
  }
  const Page first = page(table, {});
  EXPECT_EQ(first.count, 4u);
  EXPECT_FALSE(first.last_key.empty());
}

TEST_F(TablesTest, ANewIndexIsFilledWithWhatWasThereAndThenReadable) {
  const DefinitionPtr table = create(definition());
  for (int i = 0; i < 500; ++i) {
    Item item = key("p" + std::to_string(i), i);
    if (i % 2) item.set("color", text("red"));
    ASSERT_TRUE(put(table, item));
  }
  Definitions::Edit edit = [this](TableDefinition& made) -> TableResult<void> {
    made.indexes.push_back(by_color());
    made.indexes.back().status = IndexStatus::kCreating;
    return {};
  };
  ASSERT_TRUE(run(tables_.definitions().change(table->name, edit, {})));
  // Written by someone who still holds the old definition: counted and indexed all the same.
  Item late = key("late", 1);
  late.set("color", text("red"));
  ASSERT_TRUE(put(table, late));
  ASSERT_TRUE(run(tables_.backfill_all()));
  PageRequest request;
  request.index_name = "by-color";
  const DefinitionPtr now = *run(tables_.definitions().find(table->name));
  EXPECT_EQ(page(now, request).count, 251u);
  const TableCounters counters = *run(tables_.definitions().counters(now));
  EXPECT_EQ(counters.indexes.at(now->indexes[0].id).items, 251);
}

TEST_F(TablesTest, ExpiredItemsGoAndTheStreamSaysWhy) {
  TableDefinition wanted = definition();
  wanted.ttl = {"expires", true, true};
  wanted.stream = new_table_stream(StreamView::kOldImage, *random_, clock_.now());
  const DefinitionPtr table = create(wanted);
  const auto now = base::unix_seconds(clock_.now());
  for (int i = 0; i < 4; ++i) {
    Item item = key("a", i);
    item.set("expires", Value{Number{std::to_string(now + i * 10)}});
    ASSERT_TRUE(put(table, item));
  }
  clock_.advance(std::chrono::seconds(15));
  ASSERT_TRUE(run(tables_.expire_all()));
  EXPECT_EQ(page(table, {}).count, 2u);
  auto described = run(stream::describe(
      *store_, {table->name.account, table->name.region, table->name.name, table->stream->label}));
  std::size_t by_ttl = 0;
  for (const stream::Shard& shard : described->shards) {
    const auto read = run(stream::read_page(*store_, shard.ref, 0, {}));
    for (const stream::Record& record : read->records)
      by_ttl += decode_change(record.payload)->by_ttl ? 1 : 0;
  }
  EXPECT_EQ(by_ttl, 2u);
}

TEST_F(TablesTest, ARemovedTableLeavesNothingAndItsNameIsFree) {
  const DefinitionPtr table = create(rich_definition());
  ASSERT_TRUE(put(table, key("a", 1)));
  ASSERT_TRUE(run(tables_.definitions().remove(table->name, {})));
  EXPECT_EQ(put(table, key("a", 2)).error().kind, TableErrorKind::kTableNotFound);
  const DefinitionPtr again = create(definition());
  EXPECT_NE(again->id, table->id);
  EXPECT_EQ(page(again, {}).count, 0u);
  EXPECT_EQ(put(table, key("a", 2)).error().kind, TableErrorKind::kTableNotFound);
}

TEST_F(TablesTest, ATransactionIsAllOrNothingAndATokenMakesItHappenOnce) {
  const DefinitionPtr table = create(definition());
  const Item a = key("a", 1);
  const Item b = key("b", 1);
  ItemWrite put_a{WriteKind::kPut, &a};
  ItemWrite new_b{WriteKind::kPut, &b};
  new_b.must_be_new = true;
  const IdempotencyToken token{"000000000000", "us-east-1", "t1", "fingerprint"};
  ASSERT_TRUE(
      run(tables_.items().write_all({{table, put_a}, {table, new_b}}, Items::Refusals::kReasons, token)));
  auto again =
      run(tables_.items().write_all({{table, put_a}, {table, new_b}}, Items::Refusals::kReasons, token));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->repeated);
  auto other = token;
  other.fingerprint = "another";
  EXPECT_EQ(run(tables_.items().write_all({{table, put_a}}, Items::Refusals::kReasons, other)).error().kind,
            TableErrorKind::kTokenReused);
  clock_.advance(std::chrono::minutes(11));
  auto refused =
      run(tables_.items().write_all({{table, put_a}, {table, new_b}}, Items::Refusals::kReasons, token));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reasons[0].code, CancelCode::kNone);
  EXPECT_EQ(refused.error().reasons[1].code, CancelCode::kDuplicateItem);
}

}  // namespace
}  // namespace millrace::table
