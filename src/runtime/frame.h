// Frames between the server and a Node sandbox: a big-endian u32 (length of what follows the header), one byte of type, the payload.
// The other end is runtimes/node/lib/channel.js; docs/design/0008-functions.md lists what each carries.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::runtime {

enum class FrameType : std::uint8_t {
  // to the sandbox
  kInit = 1,    // JSON
  kInvoke = 2,  // u32 length of the head, head as JSON, the event
  kCancel = 3,
  // from the sandbox; "memory" is a u32, the process's high-water mark in KiB
  kInitDone = 16,     // memory
  kInitError = 17,    // error document
  kResponse = 18,     // memory, the buffered answer; ready for the next event
  kError = 19,        // memory, error document; ready for the next event (or about to exit)
  kStreamBegin = 20,  // content type
  kStreamData = 21,
  kStreamEnd = 22,    // memory
  kStreamError = 23,  // memory, error document
  kAnswer = 26,       // memory, a buffered answer; kNext follows (custom runtimes)
  kFatal = 25,        // memory, error document of the running invocation; the process exits
  kNext = 24,         // memory; ready for the next event after a streamed one
};

inline constexpr std::size_t kFrameHeader = 5;

inline void append_u32(std::string& out, std::uint32_t value) {
  const char bytes[] = {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
                        static_cast<char>(value >> 8), static_cast<char>(value)};
  out.append(bytes, sizeof bytes);
}

inline std::uint32_t read_u32(const char* bytes) {
  const auto* b = reinterpret_cast<const unsigned char*>(bytes);
  return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 |
         std::uint32_t{b[3]};
}

inline void append_frame_header(std::string& out, FrameType type, std::size_t length) {
  append_u32(out, static_cast<std::uint32_t>(length));
  out.push_back(static_cast<char>(type));
}

}  // namespace millrace::runtime
