// Tumbling windows: what a lane keeps of the window it is in, and how the function sees it. Pure.
// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "engines/stream/stream.h"

namespace millrace::triggers {

// A function's state may be this large; beyond it the window ends early.
inline constexpr std::size_t kWindowStateLimit = 1u << 20;

// Times are seconds since the epoch. Durable, one per lane: after a restart the window goes on where it was.
struct Window {
  bool open = false;
  std::int64_t start = 0;   // inclusive
  std::int64_t end = 0;     // exclusive
  std::int64_t floor = 0;   // no window begins before: what arrives late belongs to the window that is next
  std::uint32_t lanes = 1;  // of the shard when this was written; with another number keys are elsewhere
  store::Sequence included =
      0;  // the lane's records up to here are in a state already, this one or one delivered
  std::string state = "{}";

  void enter(base::WallTime created, std::uint32_t seconds);  // opens the window of a record created then
  void close(bool early);
  // Whether a record created then belongs to a later window than the open one.
  bool is_before(base::WallTime created) const;
};

std::string encode_window(const Window& window);
std::optional<Window> decode_window(std::string_view bytes);

// Who and how, in each event of a window.
struct WindowEvent {
  std::string_view shard_id;
  std::string_view source_arn;
  bool last = false;   // isFinalInvokeForWindow
  bool early = false;  // isWindowTerminatedEarly
};
// The members of such an event that follow "Records", without the closing brace.
std::string window_members(const Window& window, const WindowEvent& event);

// The state that an answer returns, as the function wrote it. An answer without one starts from {} again; nullopt: the answer has a
// state that is no object, or is none itself, and the batch counts as failed.
std::optional<std::string> returned_state(std::string_view answer);

}  // namespace millrace::triggers
