#include "store/tuple.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/random.h"

namespace millrace::store {
namespace {

TEST(Tuple, RoundTrips) {
  std::string key = "t";
  append_bytes(key, std::string("a\x00z\xff", 4));
  append_u64(key, 0x0102030405060708);
  append_bytes(key, "");
  std::string_view rest = key;
  rest.remove_prefix(1);
  EXPECT_EQ(take_bytes(rest), std::string("a\x00z\xff", 4));
  EXPECT_EQ(take_u64(rest), 0x0102030405060708u);
  EXPECT_EQ(take_bytes(rest), "");
  EXPECT_TRUE(rest.empty());
}

TEST(Tuple, WhatDoesNotDecodeIsRefused) {
  for (const std::string& bad :
       {std::string(), std::string("abc"), std::string("a\x00", 2), std::string("a\x00\x02", 3)}) {
    std::string_view rest = bad;
    EXPECT_EQ(take_bytes(rest), std::nullopt);
    EXPECT_EQ(rest, bad);
  }
  std::string_view seven = "1234567";
  EXPECT_EQ(take_u64(seven), std::nullopt);
}

TEST(Tuple, ByteOrderIsLogicalOrder) {
  const auto random = base::make_seeded_random(11);
  const auto text = [&] {
    std::string out;
    for (auto n = random->below(4); n-- > 0;)
      out.push_back(static_cast<char>(std::array{0, 1, 2, 254, 255}[random->below(5)]));
    return out;
  };
  for (int i = 0; i < 5000; ++i) {
    const std::pair a{text(), text()}, b{text(), text()};
    std::string ka, kb;
    append_bytes(ka, a.first);
    append_bytes(ka, a.second);
    append_bytes(kb, b.first);
    append_bytes(kb, b.second);
    EXPECT_EQ(ka < kb, a < b);
  }
}

TEST(Tuple, NumbersSortByValue) {
  std::string small, large;
  append_u64(small, 255);
  append_u64(large, 256);
  EXPECT_LT(small, large);
}

}  // namespace
}  // namespace millrace::store
