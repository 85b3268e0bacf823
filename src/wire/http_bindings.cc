// REST-JSON's places outside the body: labels, query, headers (https://smithy.io/2.0/spec/http-bindings.html).
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>

#include <fmt/format.h>

#include "base/encoding.h"
#include "wire/shape_codec.h"

namespace millrace::wire {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

template <class Int>
bool parse_integer(std::string_view text, Int& out, std::string_view type, DecodeErrors& errors) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc() && end == text.data() + text.size()) return true;
  return errors.fail(fmt::format("STRING_VALUE cannot be converted to {}", type));
}

struct Civil {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

bool to_time(const Civil& c, std::string_view fraction, int offset_minutes, base::WallTime& out) {
  using namespace std::chrono;
  const year_month_day date{year{c.year}, month{static_cast<unsigned>(c.month)},
                            day{static_cast<unsigned>(c.day)}};
  if (!date.ok() || c.hour > 23 || c.minute > 59 || c.second > 60) return false;
  std::int64_t micros = 0, scale = 100000;
  for (const char digit : fraction) {
    if (digit < '0' || digit > '9') return false;
    micros += (digit - '0') * scale;
    scale /= 10;
  }
  out = base::WallTime(sys_days(date)) + hours(c.hour) + minutes(c.minute - offset_minutes) +
        seconds(c.second) + microseconds(micros);
  return true;
}

int month_number(std::string_view name) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::size_t at = name.size() == 3 ? kMonths.find(name) : std::string_view::npos;
  return at == std::string_view::npos || at % 3 != 0 ? 0 : static_cast<int>(at / 3) + 1;
}

// "2019-12-16T23:48:18.123Z" or with "+01:00" (RFC 3339).
bool parse_iso8601(const std::string& text, base::WallTime& out) {
  Civil c;
  int used = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d%*1[Tt]%2d:%2d:%2d%n", &c.year, &c.month, &c.day, &c.hour,
                  &c.minute, &c.second, &used) != 6 ||
      used == 0) {
    return false;
  }
  std::string_view rest = std::string_view(text).substr(static_cast<std::size_t>(used)), fraction;
  if (rest.starts_with('.')) {
    const std::size_t end = rest.find_first_not_of("0123456789", 1);
    fraction = rest.substr(1, end == std::string_view::npos ? end : end - 1);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end);
  }
  int offset = 0;
  if (rest != "Z" && rest != "z") {
    int hours = 0, minutes = 0;
    char sign = 0;
    if (rest.size() != 6 || std::sscanf(std::string(rest).c_str(), "%c%2d:%2d", &sign, &hours, &minutes) != 3)
      return false;
    if (sign != '+' && sign != '-') return false;
    offset = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
  }
  return to_time(c, fraction.substr(0, 6), offset, out);
}

// "Mon, 16 Dec 2019 23:48:18 GMT" (RFC 9110 section 5.6.7), with AWS's optional fraction.
bool parse_http_date(const std::string& text, base::WallTime& out) {
  Civil c;
  char month[4] = {};
  int used = 0;
  if (std::sscanf(text.c_str(), "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d%n", &c.day, month, &c.year,
                  &c.hour, &c.minute, &c.second, &used) != 6 ||
      used == 0) {
    return false;
  }
  c.month = month_number(month);
  std::string_view rest = std::string_view(text).substr(static_cast<std::size_t>(used)), fraction;
  if (!rest.ends_with(" GMT")) return false;
  rest.remove_suffix(4);
  if (rest.starts_with('.'))
    fraction = rest.substr(1, 6);
  else if (!rest.empty())
    return false;
  return to_time(c, fraction, 0, out);
}

}  // namespace

std::optional<std::string> label(const Incoming& incoming, std::string_view name) {
  for (const auto& [key, value] : incoming.labels) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<std::string> query(const Incoming& incoming, std::string_view name) {
  for (const auto& [key, value] : incoming.query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> query_all(const Incoming& incoming, std::string_view name) {
  std::vector<std::string> out;
  for (const auto& [key, value] : incoming.query) {
    if (key == name) out.push_back(value);
  }
  return out;
}

std::optional<std::string> header(const Incoming& incoming, std::string_view name) {
  std::optional<std::string> out;
  for (const net::HeaderView& field : incoming.head->headers) {
    if (!net::equals_ignore_case(field.name, name)) continue;
    if (out) {  // repeated fields are one list
      out->append(", ").append(field.value);
    } else {
      out.emplace(field.value);
    }
  }
  return out;
}

void prefix_headers(const Incoming& incoming, std::string_view prefix,
                    std::map<std::string, std::string, std::less<>>& out) {
  for (const net::HeaderView& field : incoming.head->headers) {
    if (field.name.size() >= prefix.size() &&
        net::equals_ignore_case(field.name.substr(0, prefix.size()), prefix)) {
      out[lower(field.name.substr(prefix.size()))] = std::string(field.value);
    }
  }
}

void query_map(const Incoming& incoming, std::map<std::string, std::vector<std::string>, std::less<>>& out) {
  for (const auto& [key, value] : incoming.query)
    out[key].push_back(value);
}

std::vector<std::string> split_header_list(std::string_view value) {
  std::vector<std::string> out;
  std::size_t at = 0;
  while (at < value.size()) {
    while (at < value.size() && (value[at] == ' ' || value[at] == '\t'))
      ++at;
    std::string element;
    if (at < value.size() && value[at] == '"') {
      for (++at; at < value.size() && value[at] != '"'; ++at) {
        if (value[at] == '\\' && at + 1 < value.size()) ++at;
        element += value[at];
      }
      at = std::min(value.find(',', at), value.size());
    } else {
      const std::size_t end = std::min(value.find(',', at), value.size());
      element = trim(value.substr(at, end - at));
      at = end;
    }
    out.push_back(std::move(element));
    ++at;
  }
  return out;
}

std::vector<std::string> split_header_dates(std::string_view value) {
  std::vector<std::string> out;
  while (!value.empty()) {
    const std::size_t weekday = value.find(',');
    const std::size_t end = weekday == std::string_view::npos ? weekday : value.find(',', weekday + 1);
    out.emplace_back(trim(value.substr(0, end)));
    value = end == std::string_view::npos ? std::string_view{} : value.substr(end + 1);
  }
  return out;
}

bool parse(std::string_view text, std::string& out, DecodeErrors&) {
  out.assign(text);
  return true;
}
bool parse(std::string_view text, bool& out, DecodeErrors& errors) {
  if (text != "true" && text != "false") return errors.fail("STRING_VALUE cannot be converted to Boolean");
  out = text == "true";
  return true;
}
bool parse(std::string_view text, std::int32_t& out, DecodeErrors& errors) {
  return parse_integer(text, out, "Integer", errors);
}
bool parse(std::string_view text, std::int64_t& out, DecodeErrors& errors) {
  return parse_integer(text, out, "Long", errors);
}
bool parse(std::string_view text, double& out, DecodeErrors& errors) {
  if (text == "NaN" || text == "Infinity" || text == "-Infinity") {
    out = text == "NaN" ? std::numeric_limits<double>::quiet_NaN()
                        : (text[0] == '-' ? -1 : 1) * std::numeric_limits<double>::infinity();
    return true;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool digits = !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
  if (digits && error == std::errc() && end == text.data() + text.size()) return true;
  return errors.fail("STRING_VALUE cannot be converted to Double");
}

bool parse_timestamp(std::string_view text, TimestampFormat format, base::WallTime& out,
                     DecodeErrors& errors) {
  const std::string copy(text);
  bool good = false;
  if (format == TimestampFormat::kEpochSeconds) {
    double seconds = 0;
    constexpr double kFar = 9e12;
    good = parse(text, seconds, errors) && seconds > -kFar && seconds < kFar;
    if (good)
      out = base::WallTime(
          std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6 + (seconds < 0 ? -0.5 : 0.5))));
  } else {
    good = format == TimestampFormat::kIso8601 ? parse_iso8601(copy, out) : parse_http_date(copy, out);
  }
  return good || errors.fail("Invalid timestamp: " + copy);
}

bool parse_json_header(std::string_view text, std::string& out, DecodeErrors& errors) {
  auto decoded = base::base64_decode(text);
  if (!decoded) return errors.fail("Invalid base64 in header");
  out = std::move(*decoded);
  return true;
}

std::string to_text(const std::string& value) {
  return value;
}
std::string to_text(bool value) {
  return value ? "true" : "false";
}
std::string to_text(std::int32_t value) {
  return std::to_string(value);
}
std::string to_text(std::int64_t value) {
  return std::to_string(value);
}
std::string to_text(double value) {
  std::string out;
  append_json_double(out, value);
  std::erase(out, '"');
  return out;
}

std::string timestamp_text(base::WallTime value, TimestampFormat format) {
  std::string out;
  append_timestamp(out, value, format);
  return out;
}

std::string json_header(const std::string& json) {
  return base::base64_encode(json);
}

std::string quote_header_element(const std::string& value) {
  if (value.find_first_of(",\"\\") == std::string::npos) return value;
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace millrace::wire
