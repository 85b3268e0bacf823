// Unpacking in pieces: gzip (RFC 1952, members one after the other) and zstd (RFC 8878, frames one after the other). What is held
// is bounded, whatever comes in. One thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::base {

enum class Packing { kNone, kGzip, kZstd };

class Unpacker {
 public:
  static std::unique_ptr<Unpacker> make(Packing packing);
  virtual ~Unpacker() = default;

  enum class Progress {
    kMore,   // the limit was reached: call again, even if nothing is left of `packed`
    kWants,  // all of `packed` was used
    kMalformed,
  };
  // Appends at most `limit` bytes (above 0) to `out` and takes off `packed` what was used.
  virtual Progress unpack(std::string_view& packed, std::string& out, std::size_t limit) = 0;
  // Nothing is missing: the input may end here.
  virtual bool complete() const = 0;
};

}  // namespace millrace::base
