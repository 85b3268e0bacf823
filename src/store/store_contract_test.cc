// What every engine must do: reading, writing, refusing and logs.
#include "store/store_contract_testing.h"

namespace millrace::store {
namespace {

using namespace contract;

class StoreContract : public Contract {};
INSTANTIATE_TEST_SUITE_P(Engines, StoreContract, contract_engines(), engine_name);

TEST_P(StoreContract, PutsGetsAndDeletes) {
  EXPECT_EQ(get("a"), std::nullopt);
  put("a", "1");
  EXPECT_EQ(get("a"), "1");
  put("a", "");
  EXPECT_EQ(get("a"), "");
  ASSERT_TRUE(write([](Batch& batch) { batch.del("a"); }));
  EXPECT_EQ(get("a"), std::nullopt);
}

TEST_P(StoreContract, KeepsAnyBytes) {
  const std::string key("\x00\xff k", 4), value("\x00\x01\xff", 3);
  put(key, value);
  EXPECT_EQ(get(key), value);
  EXPECT_EQ(get(std::string("\x00", 1)), std::nullopt);
}

TEST_P(StoreContract, LaterEntriesOfABatchWin) {
  ASSERT_TRUE(write([](Batch& batch) {
    batch.put("a", "1");
    batch.put("a", "2");
    batch.put("b", "1");
    batch.del("b");
    batch.put("c", "1");
    batch.del_range({"a", "d"});
    batch.put("b", "3");
  }));
  EXPECT_EQ(scan({"", ""}), (Items{{"b", "3"}}));
}

TEST_P(StoreContract, ScansBothWaysWithinHalfOpenBounds) {
  for (const char* key : {"a", "b", "ba", "c", "d"})
    put(key, key);
  EXPECT_EQ(scan({"b", "d"}), (Items{{"b", "b"}, {"ba", "ba"}, {"c", "c"}}));
  EXPECT_EQ(scan({"b", "d"}, Order::kDescending), (Items{{"c", "c"}, {"ba", "ba"}, {"b", "b"}}));
  EXPECT_EQ(scan({"bb", ""}), (Items{{"c", "c"}, {"d", "d"}}));
  EXPECT_EQ(scan({"", "b"}, Order::kDescending), (Items{{"a", "a"}}));
  EXPECT_EQ(scan({"d", "b"}), Items{});
  EXPECT_EQ(scan(prefix_range("b")), (Items{{"b", "b"}, {"ba", "ba"}}));
}

TEST_P(StoreContract, ScanStopsWhenTold) {
  for (const char* key : {"a", "b", "c"})
    put(key, key);
  Items found;
  read([&](Reader& view) {
    found.clear();
    EXPECT_TRUE(view.scan({"", ""}, Order::kAscending, [&](std::string_view key, std::string_view value) {
      found.emplace_back(key, value);
      return found.size() == 2 ? Visit::kStop : Visit::kContinue;
    }));
  });
  EXPECT_EQ(found.size(), 2u);
}

TEST_P(StoreContract, ARefusalWritesNothing) {
  const Sequence before = append(7, "first");
  const auto refused = commit([](Reader&, Batch& batch) -> base::Result<Verdict, StoreError> {
    batch.put("a", "1");
    batch.append(7, "lost");
    batch.del_range({"", ""});
    return Verdict::kRefuse;
  });
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->verdict, Verdict::kRefuse);
  EXPECT_EQ(refused->last_sequence, 0u);
  EXPECT_EQ(get("a"), std::nullopt);
  EXPECT_EQ(read_log(7), (Records{{before, "first"}}));
  EXPECT_GT(append(7, "second"), before);
}

TEST_P(StoreContract, AnErrorOfADecisionIsReturnedAndWritesNothing) {
  const auto failed = commit([](Reader&, Batch& batch) -> base::Result<Verdict, StoreError> {
    batch.put("a", "1");
    return base::fail(StoreError::kCorrupt);
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), StoreError::kCorrupt);
  EXPECT_EQ(get("a"), std::nullopt);
}

TEST_P(StoreContract, AThrowingDecisionReachesItsCallerAlone) {
  EXPECT_THROW(commit([](Reader&, Batch& batch) -> base::Result<Verdict, StoreError> {
                 batch.put("a", "1");
                 throw std::runtime_error("a bug");
               }),
               std::runtime_error);
  EXPECT_EQ(get("a"), std::nullopt);
  put("a", "2");
  EXPECT_EQ(get("a"), "2");
}

TEST_P(StoreContract, ReadingWhatWasNotNamedThrows) {
  put("a", "1");
  const auto reads_a = [](Reader& view, Batch&) -> base::Result<Verdict, StoreError> {
    auto value = view.get("a");
    return Verdict::kRefuse;
  };
  EXPECT_THROW(commit(reads_a, {"b"}), std::logic_error);
  EXPECT_NO_THROW(commit(reads_a, {"a"}));
  EXPECT_NO_THROW(commit(reads_a, {}, {{"", "b"}}));
  EXPECT_THROW(commit(reads_a, {}, {{"", "a"}}), std::logic_error);
  const auto scans = [](Reader& view, Batch&) -> base::Result<Verdict, StoreError> {
    collect(view, {"b", "c"}, Order::kAscending);
    return Verdict::kRefuse;
  };
  EXPECT_THROW(commit(scans, {"b"}), std::logic_error);
  EXPECT_NO_THROW(commit(scans, {}, {{"a", "c"}}));
  const auto reads_log = [](Reader& view, Batch&) -> base::Result<Verdict, StoreError> {
    EXPECT_TRUE(view.log_last(3));
    return Verdict::kRefuse;
  };
  EXPECT_THROW(commit(reads_log), std::logic_error);
  EXPECT_NO_THROW(commit(reads_log, {}, {}, {3}));
}

TEST_P(StoreContract, LogsAreOrderedAndApart) {
  const Sequence a1 = append(1, "a1"), b1 = append(2, "b1"), a2 = append(1, "a2");
  EXPECT_LT(a1, b1);
  EXPECT_LT(b1, a2);
  EXPECT_EQ(read_log(1), (Records{{a1, "a1"}, {a2, "a2"}}));
  EXPECT_EQ(read_log(1, a1 + 1), (Records{{a2, "a2"}}));
  EXPECT_EQ(read_log(2), (Records{{b1, "b1"}}));
  EXPECT_EQ(read_log(3), Records{});
  read([&](Reader& view) {
    EXPECT_EQ(*view.log_first(1), a1);
    EXPECT_EQ(*view.log_last(1), a2);
    EXPECT_EQ(*view.log_last(2), b1);
    EXPECT_EQ(*view.log_first(3), 0u);
    EXPECT_EQ(*view.log_last(3), 0u);
    EXPECT_EQ(view.now(), a2);
  });
}

TEST_P(StoreContract, ATransactionMayAppendToSeveralLogs) {
  const auto done = write([](Batch& batch) {
    batch.append(1, "x");
    batch.append(2, "y");
    batch.append(1, "z");
    batch.put("k", "v");
  });
  ASSERT_TRUE(done);
  const auto one = read_log(1), two = read_log(2);
  ASSERT_EQ(one.size(), 2u);
  ASSERT_EQ(two.size(), 1u);
  EXPECT_LT(one[0].first, two[0].first);
  EXPECT_LT(two[0].first, one[1].first);
  EXPECT_EQ(done->last_sequence, one[1].first);
}

TEST_P(StoreContract, TrimForgetsTheOldestAndNeverReusesSequences) {
  const Sequence first = append(1, "a"), second = append(1, "b"), third = append(1, "c");
  ASSERT_TRUE(write([&](Batch& batch) { batch.trim(1, second); }));
  EXPECT_EQ(read_log(1, first), (Records{{third, "c"}}));
  read([&](Reader& view) { EXPECT_EQ(*view.log_first(1), third); });
  ASSERT_TRUE(write([&](Batch& batch) { batch.trim(1, ~Sequence{0}); }));
  read([&](Reader& view) { EXPECT_EQ(*view.log_last(1), 0u); });
  EXPECT_GT(append(1, "d"), third);
}

}  // namespace
}  // namespace millrace::store
