// Backups and restores against an obviously right model: what a table was at each moment, remembered by the test.
#include "engines/table/backups.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

#include "base/clock_testing.h"
#include "engines/table/copying.h"
#include "engines/table/item_testing.h"
#include "engines/table/tables.h"
#include "store/memory_store_testing.h"
#include "store/run_testing.h"

namespace millrace::table {
namespace {

using store::run;

using Model = std::map<std::string, std::string>;  // primary key bytes to stored item

class BackupsTest : public testing::Test {
 protected:
  DefinitionPtr create(std::string name, bool recovery) {
    TableDefinition table;
    table.name = {"000000000000", "us-east-1", std::move(name)};
    table.keys = {{"pk", KeyType::kString}, KeyAttribute{"sk", KeyType::kNumber}};
    IndexDefinition by_color;
    by_color.name = "by-color";
    by_color.keys = {{"color", KeyType::kString}, KeyAttribute{"sk", KeyType::kNumber}};
    by_color.projection = ProjectionType::kKeysOnly;
    table.indexes.push_back(by_color);
    if (recovery) table.recovery = {true, clock_.now(), 35};
    auto created = run(tables_.definitions().create(std::move(table), {}));
    EXPECT_TRUE(created);
    return *created;
  }

  void write_random(const DefinitionPtr& table, int keys) {
    Item item;
    item.set("pk", Value{String{"p" + std::to_string(dice_() % 7)}});
    item.set("sk", Value{Number{std::to_string(dice_() % static_cast<unsigned>(keys))}});
    ItemWrite write;
    write.item = &item;
    write.kind = dice_() % 4 == 0 ? WriteKind::kDelete : WriteKind::kPut;
    if (write.kind == WriteKind::kPut) {
      if (dice_() % 2) item.set("color", Value{String{"c" + std::to_string(dice_() % 3)}});
      item.set("note", Value{String{std::string(dice_() % 50, 'x')}});
    }
    ASSERT_TRUE(run(tables_.items().write(table, write)));
  }

  // All pages, as they would be read by a copy.
  Model read(TableId table, std::optional<Stamp> as_of) {
    Model found;
    PastPage page;
    do {
      const std::string after = page.next;
      auto done = run(store_->read([&](store::Reader& view) -> base::Result<void, store::StoreError> {
        auto past = read_past(view, table, as_of, after);
        if (!past) return base::fail(past.error());
        page = std::move(*past);
        return {};
      }));
      EXPECT_TRUE(done);
      for (auto& [key, stored] : page.items)
        EXPECT_TRUE(found.emplace(key, stored).second) << "seen twice";
    } while (!page.last);
    return found;
  }
  Model read(const DefinitionPtr& table) { return read(table->id, std::nullopt); }

  std::size_t keys_under(const std::string& prefix) {
    std::size_t count = 0;
    auto done = run(store_->read([&](store::Reader& view) {
      count = 0;
      return view.scan(store::prefix_range(prefix), store::Order::kAscending,
                       [&](std::string_view, std::string_view) {
                         ++count;
                         return store::Visit::kContinue;
                       });
    }));
    EXPECT_TRUE(done);
    return count;
  }

  Backup back_up(const DefinitionPtr& table) {
    Backups::NewBackup wanted;
    wanted.name = {table->name, make_backup_id(*random_, clock_.now())};
    wanted.title = "nightly";
    wanted.now = clock_.now();
    auto made = run(tables_.backups().create(wanted));
    EXPECT_TRUE(made);
    return *made;
  }
  static TableResult<TableDefinition> same(const TableDefinition& source) {
    TableDefinition made;
    made.keys = source.keys;
    made.indexes = source.indexes;
    return made;
  }
  TableName named(std::string name) { return {"000000000000", "us-east-1", std::move(name)}; }
  DefinitionPtr find(const TableName& name) {
    auto found = run(tables_.definitions().find(name));
    if (found && (*found)->creating) found = run(tables_.definitions().refresh(*found));
    EXPECT_TRUE(found);
    return found ? *found : nullptr;
  }

  base::StillClock clock_;
  std::unique_ptr<base::Random> random_ = base::make_seeded_random(3);
  std::unique_ptr<store::MemoryStore> store_ = store::make_memory_store();
  Tables tables_{*store_, clock_};
  std::mt19937 dice_{11};
};

TEST_F(BackupsTest, ATableCanBeReadAsItWasAtEveryMoment) {
  const DefinitionPtr table = create("past", true);
  std::vector<std::pair<Stamp, Model>> moments;
  for (int i = 0; i < 1200; ++i) {
    if (i % 60 == 0) {
      clock_.advance(std::chrono::milliseconds(1));
      moments.emplace_back(stamp_at(clock_.now()), read(table));
      clock_.advance(std::chrono::microseconds(1));
    }
    write_random(table, 60);
  }
  ASSERT_GT(read(table).size(), 200u);  // more than one page
  for (const auto& [stamp, model] : moments)
    EXPECT_TRUE(read(table->id, stamp) == model) << stamp;
}

TEST_F(BackupsTest, ABackupIsWhatTheTableWasHoweverMuchIsWrittenMeanwhile) {
  const DefinitionPtr table = create("live", false);
  for (int i = 0; i < 1500; ++i)
    write_random(table, 90);
  const Model then = read(table);
  const Backup backup = back_up(table);
  EXPECT_FALSE(backup.available);
  // A clock that goes back must not put writes before the backup's moment.
  clock_.advance(std::chrono::seconds(-5));
  Copying copying(*store_, tables_.definitions());
  auto copies = *run(copying.under_way());
  ASSERT_EQ(copies.size(), 1u);
  ASSERT_EQ(run(tables_.backups().remove(backup.name)).error().kind, TableErrorKind::kBackupInUse);
  ASSERT_EQ(run(tables_.definitions().remove(table->name, {})).error().kind, TableErrorKind::kTableInUse);
  int steps = 0;
  for (bool done = false; !done; ++steps) {
    for (int i = 0; i < 40; ++i)
      write_random(table, 90);
    auto stepped = run(copying.step(copies[0]));
    ASSERT_TRUE(stepped);
    done = *stepped;
  }
  EXPECT_GT(steps, 3);
  const Backup made = *run(tables_.backups().find(backup.name));
  EXPECT_TRUE(made.available);
  EXPECT_EQ(made.size.items, static_cast<std::int64_t>(then.size()));
  EXPECT_TRUE(read(made.data, std::nullopt) == then);
  EXPECT_FALSE(read(table) == then);
  // Nothing is kept for a table that nobody reads as it was.
  EXPECT_EQ(keys_under("th") + keys_under("tg") + keys_under("tj") + keys_under("tm"), 0u);
  ASSERT_TRUE(run(tables_.backups().remove(backup.name)));
  EXPECT_TRUE(read(made.data, std::nullopt).empty());
}

TEST_F(BackupsTest, ARestoreGoesOnWhereItStoppedAndFillsIndexesAndCounts) {
  const DefinitionPtr table = create("source", false);
  for (int i = 0; i < 900; ++i)
    write_random(table, 80);
  const Backup backup = back_up(table);
  ASSERT_TRUE(run(tables_.copy_all()));
  const TableCounters counted = *run(tables_.definitions().counters(table));

  auto restored = run(tables_.backups().restore(backup.name, named("copy"), same));
  ASSERT_TRUE(restored);
  EXPECT_TRUE((*restored)->creating);
  EXPECT_EQ(run(tables_.backups().restore(backup.name, named("copy"), same)).error().kind,
            TableErrorKind::kTableExists);
  EXPECT_EQ(run(tables_.backups().remove(backup.name)).error().kind, TableErrorKind::kBackupInUse);
  EXPECT_EQ(run(tables_.definitions().remove(named("copy"), {})).error().kind, TableErrorKind::kTableInUse);
  {
    // Two that do the same step: one of them finds that it was done.
    Copying copying(*store_, tables_.definitions());
    auto first = *run(copying.under_way());
    auto second = first;
    ASSERT_TRUE(run(copying.step(first[0])));
    ASSERT_TRUE(run(copying.step(second[0])));
    EXPECT_EQ(first[0].done.items, second[0].done.items);
  }
  Tables after_restart(*store_, clock_);
  ASSERT_TRUE(run(after_restart.copy_all()));
  const DefinitionPtr copy = find(named("copy"));
  ASSERT_TRUE(copy);
  EXPECT_FALSE(copy->creating);
  EXPECT_TRUE(read(copy) == read(table));
  const TableCounters counters = *run(tables_.definitions().counters(copy));
  EXPECT_EQ(counters.table.items, counted.table.items);
  EXPECT_EQ(counters.table.bytes, counted.table.bytes);
  EXPECT_EQ(counters.indexes.at(copy->indexes[0].id).items, counted.indexes.at(table->indexes[0].id).items);
  PageRequest request;
  request.index_name = "by-color";
  const Pages::Check all = [](const TableDefinition&, const IndexDefinition*) { return TableResult<void>(); };
  auto page = run(tables_.pages().read(copy, request, all));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->count, static_cast<std::size_t>(counted.indexes.at(table->indexes[0].id).items));
  ASSERT_TRUE(run(tables_.backups().remove(backup.name)));
  EXPECT_TRUE(read(copy) == read(table));
}

TEST_F(BackupsTest, ATableIsRestoredToAMomentWithinItsWindowOnly) {
  const DefinitionPtr plain = create("plain", false);
  Backups::PastTable from;
  from.table = plain->name;
  from.now = clock_.now();
  EXPECT_EQ(run(tables_.backups().restore(from, named("x"), same)).error().kind,
            TableErrorKind::kRecoveryOff);
  from.table = named("nobody");
  EXPECT_EQ(run(tables_.backups().restore(from, named("x"), same)).error().kind,
            TableErrorKind::kTableNotFound);

  const DefinitionPtr table = create("window", true);
  const base::WallTime since = clock_.now();
  for (int i = 0; i < 300; ++i)
    write_random(table, 40);
  clock_.advance(std::chrono::seconds(1));
  const base::WallTime moment = clock_.now();
  const Model then = read(table);
  clock_.advance(std::chrono::seconds(1));
  for (int i = 0; i < 300; ++i)
    write_random(table, 40);

  from.table = table->name;
  from.now = clock_.now();
  for (const base::WallTime wrong :
       {since - std::chrono::seconds(1), clock_.now() + std::chrono::seconds(1)}) {
    from.time = wrong;
    EXPECT_EQ(run(tables_.backups().restore(from, named("x"), same)).error().kind,
              TableErrorKind::kRestoreTime);
  }
  from.time = moment;
  ASSERT_TRUE(run(tables_.backups().restore(from, named("earlier"), same)));
  from.time.reset();
  const Model now = read(table);
  ASSERT_TRUE(run(tables_.backups().restore(from, named("latest"), same)));
  for (int i = 0; i < 50; ++i)
    write_random(table, 40);
  ASSERT_TRUE(run(tables_.copy_all()));
  EXPECT_TRUE(read(find(named("earlier"))) == then);
  EXPECT_TRUE(read(find(named("latest"))) == now);
  EXPECT_GT(keys_under("th"), 0u);  // still kept: the table has point-in-time recovery
}

TEST_F(BackupsTest, HistoryIsForgottenWhenItIsTooOld) {
  const DefinitionPtr table = create("old", true);
  for (int i = 0; i < 600; ++i)
    write_random(table, 30);
  clock_.advance(std::chrono::hours(24 * 20));
  const Stamp kept = stamp_at(clock_.now());
  const Model then = read(table);
  clock_.advance(std::chrono::seconds(1));
  for (int i = 0; i < 100; ++i)
    write_random(table, 30);
  clock_.advance(std::chrono::hours(24 * 20));
  const std::size_t before = keys_under("th");
  ASSERT_TRUE(run(tables_.forget_all()));
  EXPECT_LT(keys_under("th"), before);
  EXPECT_EQ(keys_under("th"), keys_under("tg"));
  EXPECT_TRUE(read(table->id, kept) == then);
  clock_.advance(std::chrono::hours(24 * 20));
  ASSERT_TRUE(run(tables_.forget_all()));
  EXPECT_EQ(keys_under("th") + keys_under("tg"), 0u);
}

TEST_F(BackupsTest, ArnsAndRecordsReadBack) {
  const BackupName name{{"123456789012", "eu-west-3", "a.b-c_d"}, "01489602797149-73d8d5bc"};
  EXPECT_EQ(backup_arn(name),
            "arn:aws:dynamodb:eu-west-3:123456789012:table/a.b-c_d/backup/01489602797149-73d8d5bc");
  EXPECT_EQ(parse_backup_arn(backup_arn(name)), name);
  for (const char* bad : {"", "arn:aws:dynamodb:eu:1:table/x/backup/", "arn:aws:s3:eu:1:table/x/backup/1",
                          "arn:aws:dynamodb:eu:1:table/x", "x:aws:dynamodb:eu:1:table/x/backup/1"})
    EXPECT_FALSE(parse_backup_arn(bad)) << bad;
  EXPECT_FALSE(decode_backup("nonsense"));
  EXPECT_FALSE(decode_copy(""));
}

}  // namespace
}  // namespace millrace::table
