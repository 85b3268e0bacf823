#include "store/value_cache.h"

#include <gtest/gtest.h>

namespace millrace::store {
namespace {

constexpr std::size_t kBytes = 1u << 20;

void fill(ValueCache& cache, std::string_view key, std::string_view value) {
  ValueCache::Miss miss;
  ASSERT_FALSE(cache.find(key, miss));
  cache.insert(key, value, miss);
}

std::optional<std::string> look(ValueCache& cache, std::string_view key) {
  ValueCache::Miss miss;
  return cache.find(key, miss);
}

TEST(ValueCache, AnswersWhatWasReadBefore) {
  ValueCache cache(kBytes);
  fill(cache, "a", "1");
  EXPECT_EQ(look(cache, "a"), "1");
  EXPECT_EQ(look(cache, "b"), std::nullopt);
}

TEST(ValueCache, AWriteTakesItsKeysOutBeforeItBegins) {
  ValueCache cache(kBytes);
  fill(cache, "a", "1");
  fill(cache, "b", "1");
  Overlay writes;
  writes.put("a", {});
  cache.write_begins(writes);
  EXPECT_EQ(look(cache, "a"), std::nullopt);
  EXPECT_EQ(look(cache, "b"), "1");
  cache.write_ended(writes);
  fill(cache, "a", "2");
  EXPECT_EQ(look(cache, "a"), "2");
}

TEST(ValueCache, WhatWasReadWhileItWasWrittenIsNotTaken) {
  ValueCache cache(kBytes);
  Overlay writes;
  writes.put("a", {});
  ValueCache::Miss before, during;
  cache.find("a", before);
  cache.write_begins(writes);
  cache.find("a", during);
  cache.insert("a", "old", before);
  cache.insert("a", "old or new", during);
  EXPECT_EQ(look(cache, "a"), std::nullopt);
  cache.write_ended(writes);
  cache.insert("a", "old", before);
  cache.insert("a", "old or new", during);
  EXPECT_EQ(look(cache, "a"), std::nullopt);
}

TEST(ValueCache, ARangeDeletionEmptiesIt) {
  ValueCache cache(kBytes);
  fill(cache, "a", "1");
  fill(cache, "z", "1");
  ValueCache::Miss miss;
  cache.find("q", miss);
  Overlay writes;
  writes.del_range({"b", "c"});
  cache.write_begins(writes);
  cache.write_ended(writes);
  cache.insert("q", "old", miss);
  for (const char* key : {"a", "q", "z"})
    EXPECT_EQ(look(cache, key), std::nullopt) << key;
}

TEST(ValueCache, StaysWithinItsBoundAndKeepsWhatIsRead) {
  ValueCache cache(kBytes);
  const std::string value(1000, 'v');
  constexpr int kKeys = 3000;
  fill(cache, "often", value);
  int kept = 0;
  for (int i = 0; i < kKeys; ++i) {
    fill(cache, std::to_string(i), value);
    ASSERT_TRUE(look(cache, "often"));
  }
  for (int i = 0; i < kKeys; ++i)
    kept += look(cache, std::to_string(i)) ? 1 : 0;
  EXPECT_LT(kept * value.size(), kBytes);
  EXPECT_GT(kept * value.size(), kBytes / 2);
}

TEST(ValueCache, LeavesLargeValuesToTheDatabase) {
  ValueCache cache(kBytes);
  fill(cache, "a", std::string(kBytes / 100, 'v'));
  EXPECT_EQ(look(cache, "a"), std::nullopt);
}

}  // namespace
}  // namespace millrace::store
