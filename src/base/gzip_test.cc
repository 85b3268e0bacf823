#include "base/gzip.h"

#include <gtest/gtest.h>

namespace millrace::base {
namespace {

TEST(Gzip, RoundTrips) {
  std::string text;
  for (const std::size_t size : {0, 1, 1000, 16 * 1024, 16 * 1024 + 1, 300'000}) {
    text.resize(size);
    for (std::size_t i = 0; i < size; ++i)
      text[i] = static_cast<char>(i * 2654435761u >> 13);
    EXPECT_EQ(gunzip(gzip(text), size), text) << size;
  }
  EXPECT_EQ(gunzip(gzip("ab") + gzip("cd"), 4), "abcd");
}

TEST(Gzip, StopsAtTheLimit) {
  const std::string bomb = gzip(std::string(50'000'000, '0'));
  EXPECT_LT(bomb.size(), 300'000u);
  EXPECT_EQ(gunzip(bomb, 1'000'000).error(), GzipError::kTooLarge);
  EXPECT_EQ(gunzip(gzip("12345"), 4).error(), GzipError::kTooLarge);
  EXPECT_EQ(gunzip(gzip("1234") + gzip("5"), 4).error(), GzipError::kTooLarge);
}

TEST(Gzip, RefusesWhatIsNone) {
  const std::string good = gzip("some text");
  std::string wrong_sum = good;
  wrong_sum[wrong_sum.size() - 6] ^= 1;
  for (const std::string& bad :
       {std::string(), std::string("{}"), good.substr(0, good.size() - 1), wrong_sum, good + "x"})
    EXPECT_EQ(gunzip(bad, 1000).error(), GzipError::kMalformed) << bad.size();
}

}  // namespace
}  // namespace millrace::base
