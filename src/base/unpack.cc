#include "base/unpack.h"

#include <algorithm>
#include <stdexcept>
#include <zlib.h>
#include <zstd.h>

namespace millrace::base {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way to say: gzip, not zlib
constexpr int kZstdWindowLog = 27;    // 128 MB: what the zstd program accepts unasked
constexpr std::size_t kMostInput = std::size_t{1} << 30;

class Plain final : public Unpacker {
 public:
  Progress unpack(std::string_view& packed, std::string& out, std::size_t limit) override {
    const std::string_view part = packed.substr(0, limit);
    out += part;
    packed.remove_prefix(part.size());
    return packed.empty() ? Progress::kWants : Progress::kMore;
  }
  bool complete() const override { return true; }
};

class Gunzip final : public Unpacker {
 public:
  Gunzip() {
    if (inflateInit2(&stream_, kGzipWindow) != Z_OK) throw std::runtime_error("zlib: inflateInit2");
  }
  ~Gunzip() override { inflateEnd(&stream_); }

  Progress unpack(std::string_view& packed, std::string& out, std::size_t limit) override {
    const std::size_t before = out.size();
    const std::size_t given = std::min(packed.size(), kMostInput);
    out.resize(before + limit);
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
    stream_.avail_in = static_cast<uInt>(given);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream_.avail_out = static_cast<uInt>(limit);
    const bool good = run();
    const bool full = stream_.avail_out == 0;
    out.resize(out.size() - stream_.avail_out);
    packed.remove_prefix(given - stream_.avail_in);
    if (!good) return Progress::kMalformed;
    return full || !packed.empty() ? Progress::kMore : Progress::kWants;
  }
  bool complete() const override { return between_; }

 private:
  bool run() {
    for (;;) {
      if (between_) {
        if (stream_.avail_in == 0) return true;
        if (inflateReset(&stream_) != Z_OK) return false;
        between_ = false;
      }
      const int code = inflate(&stream_, Z_NO_FLUSH);
      between_ = code == Z_STREAM_END;
      if (code == Z_BUF_ERROR) return true;  // no progress without more input or room
      if (!between_ && code != Z_OK) return false;
      if (stream_.avail_out == 0) return true;
    }
  }

  z_stream stream_{};
  bool between_ = false;  // a member has ended and the next has not begun
};

class Unzstd final : public Unpacker {
 public:
  Unzstd() : stream_(ZSTD_createDStream()) {
    if (!stream_) throw std::runtime_error("zstd: ZSTD_createDStream");
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kZstdWindowLog);
  }
  ~Unzstd() override { ZSTD_freeDStream(stream_); }

  Progress unpack(std::string_view& packed, std::string& out, std::size_t limit) override {
    const std::size_t before = out.size();
    out.resize(before + limit);
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    ZSTD_outBuffer room{out.data() + before, limit, 0};
    bool good = true;
    while (good && room.pos < room.size) {
      const std::size_t seen = in.pos + room.pos;
      if (between_ && in.pos == in.size) break;
      const std::size_t left = ZSTD_decompressStream(stream_, &room, &in);
      good = !ZSTD_isError(left);
      between_ = good && left == 0;
      if (in.pos + room.pos == seen) break;  // no progress without more input
    }
    out.resize(before + room.pos);
    packed.remove_prefix(in.pos);
    if (!good) return Progress::kMalformed;
    return room.pos == room.size || !packed.empty() ? Progress::kMore : Progress::kWants;
  }
  bool complete() const override { return between_; }

 private:
  ZSTD_DStream* const stream_;
  bool between_ = false;  // a frame has ended and the next has not begun
};

}  // namespace

std::unique_ptr<Unpacker> Unpacker::make(Packing packing) {
  switch (packing) {
    case Packing::kNone:
      break;
    case Packing::kGzip:
      return std::make_unique<Gunzip>();
    case Packing::kZstd:
      return std::make_unique<Unzstd>();
  }
  return std::make_unique<Plain>();
}

}  // namespace millrace::base
