#include "base/gzip.h"

#include <algorithm>
#include <stdexcept>
#include <zlib.h>

namespace millrace::base {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way to say: gzip, not zlib
constexpr std::size_t kFirstPiece = 16 * 1024;

Bytef* input(std::string_view bytes) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));  // zlib only reads it
}

struct Inflater {
  z_stream stream{};
  Inflater() {
    if (inflateInit2(&stream, kGzipWindow) != Z_OK) throw std::runtime_error("zlib: inflateInit2");
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

}  // namespace

Result<std::string, GzipError> gunzip(std::string_view bytes, std::size_t limit) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  stream.next_in = input(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::size_t used = 0;
  for (;;) {
    // One byte more than the limit tells "just fits" from "too large".
    if (used == out.size()) out.resize(std::min(std::max(kFirstPiece, out.size() * 2), limit + 1));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = static_cast<uInt>(out.size() - used);
    const int code = inflate(&stream, Z_NO_FLUSH);
    used = out.size() - stream.avail_out;
    if (used > limit) return fail(GzipError::kTooLarge);
    if (code == Z_STREAM_END) {
      if (stream.avail_in == 0) break;
      if (inflateReset(&stream) != Z_OK) return fail(GzipError::kMalformed);
      continue;
    }
    if (code != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0)) return fail(GzipError::kMalformed);
  }
  out.resize(used);
  return out;
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib: deflateInit2");
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = input(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) throw std::logic_error("zlib: deflateBound was too small");
  return out;
}

}  // namespace millrace::base
