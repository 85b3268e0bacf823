// What a cached definition knows of its own age; that is_current never takes an old one for the newest.
#include "engines/table/definitions.h"

#include <gtest/gtest.h>

#include "store/memory_store_testing.h"
#include "store/run_testing.h"

namespace millrace::table {
namespace {

using store::run;

class DefinitionsTest : public testing::Test {
 protected:
  DefinitionPtr create() {
    TableDefinition table;
    table.name = name_;
    table.keys.partition = {"pk", KeyType::kString};
    EXPECT_TRUE(run(definitions_.create(std::move(table), {})));
    return find();
  }
  DefinitionPtr find() {
    auto found = run(definitions_.find(name_));
    EXPECT_TRUE(found);
    return found ? *found : nullptr;
  }
  bool change(bool allowed = true) {
    Definitions::Edit edit = [allowed](TableDefinition& table) -> TableResult<void> {
      if (!allowed) return table_error(TableErrorKind::kInvalid);
      table.deletion_protection = !table.deletion_protection;
      return {};
    };
    return run(definitions_.change(name_, edit, {})).has_value();
  }
  bool current(const DefinitionPtr& table) {
    bool is = false;
    auto done = run(store_->read([&](store::Reader& view) -> base::Result<void, store::StoreError> {
      auto answer = is_current(view, *table);
      if (!answer) return base::fail(answer.error());
      is = *answer;
      return {};
    }));
    EXPECT_TRUE(done);
    return is;
  }

  const TableName name_{"000000000000", "us-east-1", "Music"};
  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  Definitions definitions_{*store_};
};

TEST_F(DefinitionsTest, WhatNoChangeFollowedIsSurelyCurrent) {
  const DefinitionPtr table = create();
  EXPECT_TRUE(table->surely_current());
  EXPECT_TRUE(current(table));
}

TEST_F(DefinitionsTest, AChangeMakesOldOnesOldAndTheNextOneSure) {
  const DefinitionPtr old = create();
  ASSERT_TRUE(change());
  EXPECT_FALSE(old->surely_current());
  EXPECT_FALSE(current(old));
  EXPECT_TRUE(find()->surely_current());
  EXPECT_TRUE(current(find()));
}

TEST_F(DefinitionsTest, ARefusedChangeLeavesASureOneBehind) {
  const DefinitionPtr before = create();
  ASSERT_FALSE(change(false));
  EXPECT_FALSE(before->surely_current());
  EXPECT_TRUE(current(before)) << "the store is asked instead";
  EXPECT_TRUE(find()->surely_current());
}

TEST_F(DefinitionsTest, ATableThatTookTheNameIsAnother) {
  const DefinitionPtr old = create();
  ASSERT_TRUE(run(definitions_.remove(name_, {})));
  EXPECT_FALSE(current(old));
  const DefinitionPtr fresh = create();
  EXPECT_FALSE(old->surely_current());
  EXPECT_FALSE(current(old));
  EXPECT_TRUE(current(fresh));
}

TEST(ChangeCounts, WhatIsReadDuringAChangeIsNeverSure) {
  const TableName name{"000000000000", "us-east-1", "Music"};
  ChangeCounts counts;
  TableDefinition during, after;
  {
    const ChangeCounts::InProgress first(counts, {name});
    {
      const ChangeCounts::InProgress second(counts, {name});
      counts.watch(name).attach(during);
    }
    counts.watch(name).attach(during);
    EXPECT_FALSE(during.surely_current());
  }
  EXPECT_FALSE(during.surely_current());
  counts.watch(name).attach(after);
  EXPECT_TRUE(after.surely_current());
  const ChangeCounts::InProgress next(counts, {name});
  EXPECT_FALSE(after.surely_current());
}

class Uncounted final : public DefinitionWriter {
 public:
  explicit Uncounted(DefinitionPtr table) : table_(std::move(table)) { tables = {table_->name}; }
  base::Result<store::Verdict, store::StoreError> decide(store::Reader&, store::Batch& batch) override {
    put_definition(*table_, batch);
    return store::Verdict::kCommit;
  }

 private:
  const DefinitionPtr table_;
};

TEST_F(DefinitionsTest, ADefinitionThatNobodyCountsCannotBeWritten) {
  Uncounted writer(create());
  EXPECT_THROW(run(store_->commit(writer)), std::logic_error);
  EXPECT_TRUE(run(definitions_.commit(writer)));
}

}  // namespace
}  // namespace millrace::table
