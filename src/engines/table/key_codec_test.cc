#include "engines/table/key_codec.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace millrace::table {
namespace {

TEST(KeyCodec, KeepsOrderWithinAType) {
  std::vector<Value> numbers;
  for (const char* text : {"-100", "-99.5", "-1", "-0.001", "0", "0.001", "1", "1.5", "2", "10", "100000"}) {
    numbers.push_back(Value{Number{text}});
  }
  std::vector<Value> strings;
  for (const char* text : {"", "A", "a", "a!", "aa", "b", "\xc3\xa9"})
    strings.push_back(Value{String{text}});
  for (const auto* values : {&numbers, &strings}) {
    for (std::size_t i = 1; i < values->size(); ++i) {
      std::string before, after;
      append_sort(before, (*values)[i - 1]);
      append_sort(after, (*values)[i]);
      EXPECT_LT(before, after) << i;
      EXPECT_LT(key_bytes((*values)[i - 1]), key_bytes((*values)[i])) << i;
    }
  }
}

TEST(KeyCodec, GivesTheValueBack) {
  const Value values[] = {Value{String{std::string("a\0b", 3)}}, Value{Number{"-12.5"}},
                          Value{Binary{"\xff\x00z"}}};
  for (const auto& value : values) {
    auto back = value_of_key_bytes(*key_type_of(value), key_bytes(value));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, value);
  }
  EXPECT_FALSE(value_of_key_bytes(KeyType::kNumber, ""));
  EXPECT_FALSE(value_of_key_bytes(KeyType::kNumber, "\xc1\xff"));
  EXPECT_FALSE(key_type_of(Value{true}));
  EXPECT_EQ(parse_key_type("B"), KeyType::kBinary);
  EXPECT_FALSE(parse_key_type("SS"));
}

TEST(KeyCodec, PartitionKeysNeverRunIntoEachOther) {
  std::set<std::string> keys;
  const std::string texts[] = {"", "a", std::string("a\0", 2), std::string("a\0\1", 3), "a\xff", "ab"};
  for (const auto& text : texts) {
    std::string key;
    append_partition(key, Value{String{text}});
    append_sort(key, Value{String{"x"}});
    keys.insert(key);
  }
  EXPECT_EQ(keys.size(), std::size(texts));
}

// MD5 over "Outliers" and the key, as dynalite measured AWS to do.
TEST(KeyCodec, HashesAsAws) {
  EXPECT_EQ(partition_hash(Value{String{"a"}}) >> 40, 0xf6558e);
}

TEST(KeyCodec, SegmentsCoverEveryHashOnce) {
  for (std::uint32_t total : {1u, 2u, 3u, 7u, 4096u, 5000u, 1000000u}) {
    std::uint64_t next = 0;
    for (std::uint32_t i = 0; i < total; ++i) {
      HashRange range = segment_range(i, total);
      ASSERT_EQ(range.first, next) << i << " of " << total;
      ASSERT_GE(range.last, range.first);
      next = range.last + 1;
    }
    EXPECT_EQ(next, 0u) << total;
  }
}

}  // namespace
}  // namespace millrace::table
