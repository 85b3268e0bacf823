#include "engines/object/object_name.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/encoding.h"

namespace millrace::object {
namespace {

// '%' begins: two hex digits (a byte), '-' (an empty part), '+' at the end (the name goes on in this folder), 'o' at the end (an
// object whose name a folder has).
constexpr std::string_view kEmpty = "%-";
constexpr std::string_view kGoesOn = "%+";
constexpr std::string_view kBeside = "%o";
constexpr std::size_t kFullName = 196;  // a name may have 255 bytes

bool is_plain(unsigned char c) {
  return c >= 0x20 && c != 0x7f && c != '%' && c != '/' && c != '\\';
}

void append_escaped(std::string& out, unsigned char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out += '%';
  out += kDigits[c >> 4];
  out += kDigits[c & 15];
}

// Bytes of the UTF-8 character that begins with c.
std::size_t character_size(unsigned char c) {
  return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

// One part of a key as one or more names.
void append_names(std::string_view part, std::vector<std::string>& names) {
  std::string name;
  const bool only_dots = part == "." || part == "..";
  const auto begin_next = [&] {
    names.push_back(name + std::string(kGoesOn));
    name.clear();
  };
  while (!part.empty()) {
    const std::size_t size = std::min(character_size(static_cast<unsigned char>(part.front())), part.size());
    std::string character;
    for (const char c : part.substr(0, size)) {
      if (!only_dots && is_plain(static_cast<unsigned char>(c)))
        character += c;
      else
        append_escaped(character, static_cast<unsigned char>(c));
    }
    name += character;
    part.remove_prefix(size);
    // A full name always goes on, so that all keys which begin with it are in one place.
    if (name.size() > kFullName) begin_next();
  }
  names.push_back(name.empty() ? std::string(kEmpty) : name);
}

std::optional<unsigned char> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned char>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned char>(c - 'A' + 10);
  return std::nullopt;
}

std::optional<std::string> unescape(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '%') {
      out += name[i];
      continue;
    }
    if (i + 2 >= name.size()) return std::nullopt;
    const auto high = hex_digit(name[i + 1]), low = hex_digit(name[i + 2]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high << 4 | *low);
    i += 2;
  }
  return out;
}

}  // namespace

bool is_bucket_name(std::string_view name) {
  const auto is_end = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return name.size() >= 3 && name.size() <= 63 && is_end(name.front()) && is_end(name.back()) &&
         name.find("..") == std::string_view::npos &&
         std::ranges::all_of(name, [&](char c) { return is_end(c) || c == '.' || c == '-'; });
}

std::optional<std::vector<std::string>> path_of_key(std::string_view key) {
  if (key.empty() || key.size() > kMaxKeyBytes || !base::is_valid_utf8(key)) return std::nullopt;
  std::vector<std::string> names;
  for (;;) {
    const auto slash = key.find('/');
    append_names(key.substr(0, slash), names);
    if (slash == std::string_view::npos) return names;
    key.remove_prefix(slash + 1);
  }
}

std::optional<std::string> key_part(std::string_view name, bool is_folder) {
  bool goes_on = false;
  if (is_folder && name.ends_with(kGoesOn)) {
    goes_on = true;
    name.remove_suffix(kGoesOn.size());
  } else if (!is_folder && name.ends_with(kBeside)) {
    name.remove_suffix(kBeside.size());
  }
  std::optional<std::string> part = name == kEmpty ? std::string() : unescape(name);
  if (!part || !base::is_valid_utf8(*part)) return std::nullopt;
  if (is_folder && !goes_on) *part += '/';
  return part;
}

std::string beside_folder(std::string_view name) {
  return std::string(name) + std::string(kBeside);
}

std::string_view bucket_of_arn(std::string_view arn) {
  constexpr std::string_view kBucket = "arn:aws:s3:::";
  if (!arn.starts_with(kBucket) || !is_bucket_name(arn.substr(kBucket.size()))) return {};
  return arn.substr(kBucket.size());
}

std::string dated_key(std::string_view prefix, base::WallTime time, std::string_view id) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
  const auto year = static_cast<int>(date.year());
  const auto month = static_cast<unsigned>(date.month()), of_month = static_cast<unsigned>(date.day());
  return fmt::format("{}{:04}/{:02}/{:02}/{:04}-{:02}-{:02}T{:02}.{:02}.{:02}-{}", prefix, year, month,
                     of_month, year, month, of_month, clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count(), id);
}

}  // namespace millrace::object
