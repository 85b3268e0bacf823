#include "wire/json_writer.h"

#include <charconv>
#include <cmath>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/encoding.h"

namespace millrace::wire {
namespace {

// What a byte becomes inside quotes: 0 as it is, 'u' as \u00XX, else the letter after the backslash.
constexpr std::array<char, 256> kEscapes = [] {
  std::array<char, 256> table{};
  for (int c = 0; c < 0x20; ++c)
    table[static_cast<std::size_t>(c)] = 'u';
  table['"'] = '"';
  table['\\'] = '\\';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  return table;
}();

constexpr std::uint64_t kOnes = 0x0101010101010101u;
constexpr std::uint64_t kHighs = 0x8080808080808080u;

// Whether any of eight bytes needs an escape (control, quote or backslash). Bytes above 0x7F do not.
bool any_escape(std::uint64_t word) {
  const auto has_zero = [](std::uint64_t w) { return (w - kOnes) & ~w & kHighs; };
  const std::uint64_t control = (word - kOnes * 0x20) & ~word & kHighs;
  return (control | has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\'))) != 0;
}

const char* first_escape(const char* at, const char* end) {
  for (; end - at >= 8; at += 8) {
    std::uint64_t word;
    __builtin_memcpy(&word, at, 8);
    if (any_escape(word)) break;
  }
  while (at != end && kEscapes[static_cast<unsigned char>(*at)] == 0)
    ++at;
  return at;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    const char* next = first_escape(at, end);
    out.append(at, next);
    if (next == end) break;
    const char escape = kEscapes[static_cast<unsigned char>(*next)];
    if (escape == 'u') {
      constexpr char kHex[] = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(*next);
      const char text6[] = {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
      out.append(text6, sizeof text6);
    } else {
      out += '\\';
      out += escape;
    }
    at = next + 1;
  }
  out += '"';
}

void append_json_int(std::string& out, std::int64_t value) {
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out.append(buffer, end);
}

void append_json_double(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
    out.append(text);
    if (text.find_first_of(".e") == std::string_view::npos)
      out += ".0";  // a Double stays one for readers that care
  }
}

void append_json_blob(std::string& out, std::string_view bytes) {
  out += '"';
  base::append_base64(out, bytes);
  out += '"';
}

void append_timestamp(std::string& out, base::WallTime time, TimestampFormat format) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(time) - seconds;
  const auto count = millis.count();
  const auto fraction = [&] {
    if (count == 0) return;
    std::string digits = fmt::format(".{:03}", count);
    digits.erase(digits.find_last_not_of('0') + 1);
    out += digits;
  };
  switch (format) {
    case TimestampFormat::kEpochSeconds: {
      const std::int64_t whole = seconds.time_since_epoch().count();
      if (whole < 0 && count != 0) {  // -0.5 is floor -1 and 500 ms
        append_json_double(out, static_cast<double>(whole) + static_cast<double>(count) / 1000.0);
        return;
      }
      append_json_int(out, whole);
      fraction();
      return;
    }
    case TimestampFormat::kIso8601:
      fmt::format_to(std::back_inserter(out), "{:%Y-%m-%dT%H:%M:%S}",
                     std::chrono::time_point_cast<std::chrono::system_clock::duration>(seconds));
      fraction();
      out += 'Z';
      return;
    case TimestampFormat::kHttpDate:
      fmt::format_to(std::back_inserter(out), "{:%a, %d %b %Y %H:%M:%S}",
                     std::chrono::time_point_cast<std::chrono::system_clock::duration>(seconds));
      fraction();
      out += " GMT";
      return;
  }
}

}  // namespace millrace::wire
