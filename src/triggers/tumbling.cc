#include "triggers/tumbling.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <simdjson.h>

namespace millrace::triggers {
namespace {

constexpr int kVersion = 1;

std::int64_t seconds_of(base::WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::string iso_seconds(std::int64_t seconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace

void Window::enter(base::WallTime created, std::uint32_t seconds) {
  const std::int64_t size = std::max<std::int64_t>(1, seconds);
  const std::int64_t at = std::max(seconds_of(created), floor);
  start = std::max(at - at % size, floor);
  end = at - at % size + size;
  open = true;
}

void Window::close(bool early) {
  open = false;
  floor = early ? start : end;
  state = "{}";
}

bool Window::is_before(base::WallTime created) const {
  return open && seconds_of(created) >= end;
}

std::string encode_window(const Window& window) {
  return fmt::format("{} {} {} {} {} {} {} {}", kVersion, window.open ? 1 : 0, window.start, window.end,
                     window.floor, window.lanes, window.included, window.state);
}

std::optional<Window> decode_window(std::string_view bytes) {
  std::int64_t numbers[7] = {};
  for (std::int64_t& number : numbers) {
    const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), number);
    if (error != std::errc() || end == bytes.data() + bytes.size() || *end != ' ') return std::nullopt;
    bytes.remove_prefix(static_cast<std::size_t>(end - bytes.data()) + 1);
  }
  if (numbers[0] != kVersion || bytes.empty()) return std::nullopt;
  Window window;
  window.open = numbers[1] != 0;
  window.start = numbers[2];
  window.end = numbers[3];
  window.floor = numbers[4];
  window.lanes = static_cast<std::uint32_t>(numbers[5]);
  window.included = static_cast<store::Sequence>(numbers[6]);
  window.state = bytes;
  return window;
}

std::string window_members(const Window& window, const WindowEvent& event) {
  return fmt::format(
      R"(,"window":{{"start":"{}","end":"{}"}},"state":{},"shardId":"{}","eventSourceARN":"{}",)"
      R"("isFinalInvokeForWindow":{},"isWindowTerminatedEarly":{})",
      iso_seconds(window.start), iso_seconds(window.end), window.state, event.shard_id, event.source_arn,
      event.last, event.early);
}

std::optional<std::string> returned_state(std::string_view answer) {
  const simdjson::padded_string text(answer);
  simdjson::dom::parser parser;
  simdjson::dom::element root, state;
  if (parser.parse(text).get(root)) return std::nullopt;
  if (root.is_null()) return "{}";
  if (!root.is_object()) return std::nullopt;
  if (root.at_key("state").get(state) || state.is_null()) return "{}";
  if (!state.is_object()) return std::nullopt;
  // As the function wrote it, so that no number changes its form.
  simdjson::ondemand::parser raw_parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  std::string_view raw;
  if (raw_parser.iterate(text).get(document) || document["state"].get_object().get(object) ||
      object.raw_json().get(raw))
    return std::nullopt;
  return std::string(raw);
}

}  // namespace millrace::triggers
