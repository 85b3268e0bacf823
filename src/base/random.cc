#include "base/random.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <random>
#include <stdexcept>
#include <sys/random.h>

#include "base/encoding.h"

namespace millrace::base {
namespace {

// getrandom(2) costs a system call; one call fills this buffer for many ids.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    thread_local std::array<std::uint8_t, 256> buffer;
    thread_local std::size_t left = 0;
    if (out.size() > buffer.size()) return fill_from_kernel(out);
    if (left < out.size()) {
      fill_from_kernel(buffer);
      left = buffer.size();
    }
    std::uint8_t* from = buffer.data() + buffer.size() - left;
    std::memcpy(out.data(), from, out.size());
    std::memset(from, 0, out.size());  // never hand out, or keep, the same bytes twice
    left -= out.size();
  }

 private:
  static void fill_from_kernel(std::span<std::uint8_t> out) {
    while (!out.empty()) {
      ssize_t n = ::getrandom(out.data(), out.size(), 0);
      if (n < 0) {
        if (errno == EINTR) continue;
        throw std::runtime_error("getrandom failed");
      }
      out = out.subspan(static_cast<std::size_t>(n));
    }
  }
};

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<std::uint8_t> out) override {
    std::lock_guard lock(mutex_);
    for (auto& byte : out)
      byte = static_cast<std::uint8_t>(engine_());
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace

std::uint64_t Random::next_u64() {
  std::array<std::uint8_t, 8> bytes;
  fill(bytes);
  std::uint64_t value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
  // Rejecting the short last stretch keeps every value equally likely.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  std::uint64_t value = next_u64();
  while (value >= limit)
    value = next_u64();
  return value % bound;
}

std::unique_ptr<Random> make_system_random() {
  return std::make_unique<SystemRandom>();
}
std::unique_ptr<Random> make_seeded_random(std::uint64_t seed) {
  return std::make_unique<SeededRandom>(seed);
}

std::string make_uuid(Random& random) {
  std::array<std::uint8_t, 16> bytes;
  random.fill(bytes);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  std::string hex = hex_encode(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  for (std::size_t at : {8, 13, 18, 23})
    hex.insert(at, 1, '-');
  return hex;
}

std::string random_text(Random& random, std::size_t length, std::string_view alphabet) {
  std::string out(length, '\0');
  for (char& c : out)
    c = alphabet[random.below(alphabet.size())];
  return out;
}

}  // namespace millrace::base
