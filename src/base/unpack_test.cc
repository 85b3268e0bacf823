#include "base/unpack.h"

#include <random>
#include <zstd.h>

#include <gtest/gtest.h>

#include "base/gzip.h"

namespace millrace::base {
namespace {

std::string zstd(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

std::string pack(Packing packing, std::string_view bytes) {
  if (packing == Packing::kGzip) return gzip(bytes);
  return packing == Packing::kZstd ? zstd(bytes) : std::string(bytes);
}

// In pieces of random sizes; nullopt when malformed or cut off.
std::optional<std::string> unpack(Packing packing, std::string_view packed, std::mt19937& dice) {
  auto unpacker = Unpacker::make(packing);
  std::string out;
  while (!packed.empty()) {
    std::string_view piece = packed.substr(0, 1 + dice() % 700);
    packed.remove_prefix(piece.size());
    for (auto progress = Unpacker::Progress::kMore; progress == Unpacker::Progress::kMore;) {
      const std::size_t limit = 1 + dice() % 900;
      const std::size_t before = out.size();
      progress = unpacker->unpack(piece, out, limit);
      EXPECT_LE(out.size() - before, limit);
      if (progress == Unpacker::Progress::kMalformed) return std::nullopt;
    }
    EXPECT_TRUE(piece.empty());
  }
  if (!unpacker->complete()) return std::nullopt;
  return out;
}

class UnpackTest : public testing::TestWithParam<Packing> {};

TEST_P(UnpackTest, WhatWasPackedComesBackInPieces) {
  std::mt19937 dice(5);
  for (int round = 0; round < 60; ++round) {
    std::string text;
    for (std::size_t n = dice() % 9000; n > 0; --n)
      text += static_cast<char>(round % 2 ? 'a' + dice() % 3 : dice());
    const std::string more(dice() % 5000, 'z');
    // Two members, one after the other, are one text.
    EXPECT_EQ(unpack(GetParam(), pack(GetParam(), text) + pack(GetParam(), more), dice), text + more);
  }
}

class PackedTest : public UnpackTest {};

TEST_P(PackedTest, WhatIsCutOffOrChangedIsSeen) {
  std::mt19937 dice(6);
  std::string text;
  for (int i = 0; i < 3000; ++i)
    text += static_cast<char>(dice());
  const std::string packed = pack(GetParam(), text);
  EXPECT_FALSE(unpack(GetParam(), packed.substr(0, packed.size() - 3), dice));
  EXPECT_FALSE(unpack(GetParam(), packed.substr(0, packed.size() / 2), dice));
  EXPECT_FALSE(unpack(GetParam(), packed + "tail", dice));
  EXPECT_FALSE(unpack(GetParam(), "plain text", dice));
}

INSTANTIATE_TEST_SUITE_P(All, UnpackTest, testing::Values(Packing::kNone, Packing::kGzip, Packing::kZstd));
INSTANTIATE_TEST_SUITE_P(All, PackedTest, testing::Values(Packing::kGzip, Packing::kZstd));

}  // namespace
}  // namespace millrace::base
