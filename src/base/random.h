// Randomness, handed in so that a seed can replay a run. All members may be called from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace millrace::base {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;
  std::uint64_t next_u64();
  // Uniform in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound);
};

// getrandom(2): fit for keys and tokens.
std::unique_ptr<Random> make_system_random();
// Reproducible; for simulation only.
std::unique_ptr<Random> make_seeded_random(std::uint64_t seed);

// RFC 9562 version 4, lower case with dashes: "0c2f6a4e-....".
std::string make_uuid(Random& random);
// `length` characters drawn from `alphabet`.
std::string random_text(Random& random, std::size_t length, std::string_view alphabet);

}  // namespace millrace::base
