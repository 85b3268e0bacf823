// Exports and imports against an obviously right model: what a table was at each moment, remembered by the test.
#include "engines/table/transfers.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

#include "engines/table/item_codec.h"
#include "engines/table/item_testing.h"
#include "engines/table/tables.h"
#include "store/memory_store_testing.h"
#include "store/run_testing.h"

namespace millrace::table {
namespace {

using store::run;

class TestClock final : public base::Clock {
 public:
  base::WallTime now() const override { return now_; }
  base::SteadyTime steady_now() const override { return {}; }
  base::Task<> sleep_until(base::SteadyTime) override { co_return; }
  void advance(std::chrono::microseconds by) { now_ += by; }

 private:
  base::WallTime now_{std::chrono::seconds(1'800'000'000)};
};

using Model = std::map<std::string, std::string>;  // key attributes as JSON to item as JSON

class TransfersTest : public testing::Test {
 protected:
  static TableDefinition definition(std::string name) {
    TableDefinition table;
    table.name = {"000000000000", "us-east-1", std::move(name)};
    table.uuid = "uuid-" + table.name.name;
    table.keys = {{"pk", KeyType::kString}, KeyAttribute{"sk", KeyType::kNumber}};
    IndexDefinition by_color;
    by_color.name = "by-color";
    by_color.keys = {{"color", KeyType::kString}, std::nullopt};
    by_color.projection = ProjectionType::kKeysOnly;
    table.indexes.push_back(by_color);
    return table;
  }
  DefinitionPtr create(std::string name, bool recovery = true) {
    TableDefinition table = definition(std::move(name));
    if (recovery) table.recovery = {true, clock_.now(), 35};
    return *run(tables_.definitions().create(std::move(table), {}));
  }

  void write_random(const DefinitionPtr& table, Model& model) {
    clock_.advance(std::chrono::microseconds(dice_() % 3));
    Item key;
    key.set("pk", Value{String{"p" + std::to_string(dice_() % 7)}});
    key.set("sk", Value{Number{std::to_string(dice_() % 40)}});
    Item item = key;
    item.set("note", Value{String{std::string(1 + dice_() % 50, 'x')}});
    ItemWrite write;
    write.kind = dice_() % 4 == 0 ? WriteKind::kDelete : WriteKind::kPut;
    write.item = write.kind == WriteKind::kPut ? &item : &key;
    ASSERT_TRUE(run(tables_.items().write(table, write)));
    if (write.kind == WriteKind::kPut)
      model[to_json(key)] = to_json(item);
    else
      model.erase(to_json(key));
  }

  Transfers::NewTransfer wanted(TransferKind kind, std::string table, std::string token = {}) {
    Transfers::NewTransfer made;
    made.name = {
        kind, {"000000000000", "us-east-1", std::move(table)}, make_backup_id(*random_, clock_.now())};
    made.request = "{}";
    made.token = std::move(token);
    made.fingerprint = "f";
    made.now = clock_.now();
    return made;
  }
  Transfer begin_export(const std::string& table, Transfers::ExportTimes times) {
    auto begun = run(transfers_.begin_export(wanted(TransferKind::kExport, table), times));
    EXPECT_TRUE(begun);
    return begun->transfer;
  }

  std::string key_json(std::string_view stored) {
    return to_json(key_of(definition("x").keys, *decode_stored(stored)));
  }
  Model exported(Transfer transfer) {
    Model found;
    for (bool last = false; !last;) {
      auto page = run(transfers_.read_items(transfer));
      EXPECT_TRUE(page);
      for (const auto& [key, stored] : page->items)
        EXPECT_TRUE(found.emplace(key_json(stored), stored_json(stored)).second) << "seen twice";
      transfer.position = page->next;
      last = page->last;
    }
    return found;
  }
  // Applies what changed to what was: it must have been that, and gives what is then.
  Model changed(Transfer transfer, Model was, std::size_t& count) {
    count = 0;
    std::map<std::string, int> seen;
    for (bool last = false; !last;) {
      auto page = run(transfers_.read_changes(transfer));
      EXPECT_TRUE(page);
      for (const ItemChange& change : page->changes) {
        EXPECT_TRUE(change.before || change.after);
        EXPECT_GE(change.last_write, transfer.since);
        EXPECT_LE(change.last_write, transfer.as_of);
        const std::string key = key_json(change.before ? *change.before : *change.after);
        EXPECT_EQ(++seen[key], 1) << "seen twice";
        EXPECT_EQ(change.before ? stored_json(*change.before) : "", was.contains(key) ? was[key] : "");
        if (change.after)
          was[key] = stored_json(*change.after);
        else
          was.erase(key);
        ++count;
      }
      transfer.position = page->next;
      last = page->last;
    }
    return was;
  }

  TestClock clock_;
  std::unique_ptr<base::Random> random_ = base::make_seeded_random(3);
  std::unique_ptr<store::MemoryStore> store_ = store::make_memory_store();
  Tables tables_{*store_, clock_};
  Transfers transfers_{*store_, tables_.definitions(), clock_};
  std::mt19937 dice_{12};
};

TEST_F(TransfersTest, AnExportIsTheTableAtItsTimeAndAnIncrementalOneTheWayFromOneToTheOther) {
  const DefinitionPtr table = create("live");
  Model model;
  std::vector<std::pair<base::WallTime, Model>> moments;
  for (int i = 0; i < 1500; ++i) {
    if (i % 250 == 0) {
      clock_.advance(std::chrono::seconds(1));
      moments.emplace_back(clock_.now(), model);
      clock_.advance(std::chrono::seconds(1));
    }
    write_random(table, model);
  }
  for (std::size_t from = 0; from < moments.size(); ++from) {
    EXPECT_EQ(exported(begin_export("live", {moments[from].first, {}})), moments[from].second);
    for (std::size_t to = from + 1; to < moments.size(); ++to) {
      const Transfer transfer = begin_export("live", {moments[to].first, moments[from].first});
      std::size_t count = 0;
      EXPECT_EQ(changed(transfer, moments[from].second, count), moments[to].second);
      EXPECT_GT(count, 100u);
    }
  }
  // Up to now, and what comes later does not show.
  const Model then = model;
  const Transfer full = begin_export("live", {});
  const Transfer incremental = begin_export("live", {{}, moments.back().first});
  for (int i = 0; i < 300; ++i)
    write_random(table, model);
  EXPECT_EQ(exported(full), then);
  std::size_t count = 0;
  EXPECT_EQ(changed(incremental, moments.back().second, count), then);
}

TEST_F(TransfersTest, AnExportHoldsItsTableUntilItEnds) {
  const DefinitionPtr table = create("held");
  Model model;
  for (int i = 0; i < 50; ++i)
    write_random(table, model);
  const Transfer begun = begin_export("held", {});
  EXPECT_EQ(run(tables_.definitions().remove(table->name, {})).error().kind, TableErrorKind::kTableInUse);
  ASSERT_EQ(run(transfers_.under_way(TransferKind::kExport))->size(), 1u);
  EXPECT_TRUE(run(transfers_.under_way(TransferKind::kImport))->empty());

  Transfer next = begun;
  next.position = "somewhere";
  next.files = 1;
  EXPECT_TRUE(*run(transfers_.advance(begun, next, TransferFile{"data/1", "ab", 7})));
  // Who comes second to the same step does nothing.
  EXPECT_FALSE(*run(transfers_.advance(begun, next, TransferFile{"data/x", "ab", 7})));
  EXPECT_EQ(run(transfers_.files(begun.name))->front().key, "data/1");
  Transfer ended = next;
  ended.status = TransferStatus::kCompleted;
  ended.ended = clock_.now();
  EXPECT_FALSE(*run(transfers_.finish(begun, ended)));
  EXPECT_TRUE(*run(transfers_.finish(next, ended)));
  EXPECT_TRUE(run(transfers_.under_way(TransferKind::kExport))->empty());
  EXPECT_EQ((*run(transfers_.find(begun.name)))->status, TransferStatus::kCompleted);
  ASSERT_TRUE(run(transfers_.forget(clock_.now())));
  EXPECT_TRUE(*run(transfers_.find(begun.name)));
  ASSERT_TRUE(run(transfers_.forget(clock_.now() + std::chrono::seconds(1))));
  EXPECT_FALSE(*run(transfers_.find(begun.name)));
  EXPECT_TRUE(run(transfers_.files(begun.name))->empty());
  EXPECT_TRUE(run(tables_.definitions().remove(table->name, {})));
}

TEST_F(TransfersTest, TimesAndTokensAreChecked) {
  create("plain", false);
  const DefinitionPtr table = create("times");
  const auto refused = [&](const std::string& name, Transfers::ExportTimes times, std::string token = {}) {
    auto begun = run(transfers_.begin_export(wanted(TransferKind::kExport, name, std::move(token)), times));
    return begun ? TableErrorKind::kInvalid : begun.error().kind;
  };
  EXPECT_EQ(refused("nobody", {}), TableErrorKind::kTableNotFound);
  EXPECT_EQ(refused("plain", {}), TableErrorKind::kRecoveryOff);
  EXPECT_EQ(refused("times", {clock_.now() + std::chrono::seconds(1), {}}), TableErrorKind::kRestoreTime);
  EXPECT_EQ(refused("times", {clock_.now() - std::chrono::seconds(1), {}}), TableErrorKind::kRestoreTime);

  auto first = run(transfers_.begin_export(wanted(TransferKind::kExport, "times", "token"), {}));
  ASSERT_TRUE(first);
  clock_.advance(std::chrono::hours(7));
  auto again = run(transfers_.begin_export(wanted(TransferKind::kExport, "times", "token"), {}));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->transfer.name, first->transfer.name);
  auto other = wanted(TransferKind::kExport, "times", "token");
  other.fingerprint = "another";
  EXPECT_EQ(run(transfers_.begin_export(other, {})).error().kind, TableErrorKind::kTokenReused);
  clock_.advance(std::chrono::hours(2));
  other.now = clock_.now();
  other.name.id = make_backup_id(*random_, clock_.now());
  again = run(transfers_.begin_export(other, {}));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->repeated);
  EXPECT_EQ(run(transfers_.list({TransferKind::kExport, "000000000000", "us-east-1", "times", {}, 1}))->more,
            true);
  auto rest = run(
      transfers_.list({TransferKind::kExport, "000000000000", "us-east-1", "", first->transfer.name, 10}));
  ASSERT_EQ(rest->transfers.size(), 1u);
  EXPECT_EQ(rest->transfers[0].name, again->transfer.name);
}

TEST_F(TransfersTest, AnImportFillsATableThatShowsItselfAtTheEnd) {
  auto begun = run(transfers_.begin_import(wanted(TransferKind::kImport, "made"), definition("made")));
  ASSERT_TRUE(begun);
  EXPECT_EQ(
      run(transfers_.begin_import(wanted(TransferKind::kImport, "made"), definition("made"))).error().kind,
      TableErrorKind::kTableExists);
  auto table = run(transfers_.table_of(begun->transfer));
  ASSERT_TRUE(table);
  EXPECT_TRUE((*table)->creating);
  EXPECT_EQ(run(tables_.definitions().remove((*table)->name, {})).error().kind, TableErrorKind::kTableInUse);
  std::vector<Item> items;
  for (const char* json :
       {R"({"pk":{"S":"a"},"sk":{"N":"1"},"color":{"S":"red"}})", R"({"pk":{"S":"b"},"sk":{"N":"1"}})",
        R"({"pk":{"S":"a"},"sk":{"N":"1.0"},"color":{"S":"blue"},"last":{"BOOL":true}})"})
    items.push_back(item_from_json(json));
  ASSERT_TRUE(run(transfers_.put_items(*table, items)));
  ASSERT_TRUE(run(transfers_.put_items(*table, items)));  // again, as after a crash
  Transfer ended = begun->transfer;
  ended.status = TransferStatus::kCompleted;
  ended.processed = 3;
  EXPECT_TRUE(*run(transfers_.finish(begun->transfer, ended)));
  const DefinitionPtr made = *run(tables_.definitions().refresh(*table));
  EXPECT_FALSE(made->creating);
  const TableCounters counters = *run(tables_.definitions().counters(made));
  EXPECT_EQ(counters.table.items, 2);
  EXPECT_EQ(counters.indexes.at(made->indexes[0].id).items, 1);
}

TEST_F(TransfersTest, AnImportThatReadNothingLeavesNoTable) {
  auto begun = run(transfers_.begin_import(wanted(TransferKind::kImport, "made"), definition("made")));
  Transfer ended = begun->transfer;
  ended.status = TransferStatus::kFailed;
  EXPECT_TRUE(*run(transfers_.finish(begun->transfer, ended)));
  EXPECT_EQ(run(tables_.definitions().find(ended.name.table)).error().kind, TableErrorKind::kTableNotFound);
  EXPECT_TRUE(run(transfers_.begin_import(wanted(TransferKind::kImport, "made"), definition("made"))));
}

TEST_F(TransfersTest, ArnsAndRecordsReadBack) {
  const TransferName name{
      TransferKind::kImport, {"123456789012", "eu-west-3", "a.b-c_d"}, "01489602797149-73d8d5bc"};
  EXPECT_EQ(transfer_arn(name),
            "arn:aws:dynamodb:eu-west-3:123456789012:table/a.b-c_d/import/01489602797149-73d8d5bc");
  EXPECT_EQ(parse_transfer_arn(TransferKind::kImport, transfer_arn(name)), name);
  EXPECT_FALSE(parse_transfer_arn(TransferKind::kExport, transfer_arn(name)));
  EXPECT_FALSE(parse_transfer_arn(TransferKind::kImport, ""));
  EXPECT_FALSE(decode_transfer("nonsense"));
  EXPECT_FALSE(decode_transfer_file(""));
  EXPECT_FALSE(decode_transfer_token("x"));
}

}  // namespace
}  // namespace millrace::table
