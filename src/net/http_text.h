// Character classes and small text helpers of RFC 9110, shared by the parsers and the serialiser. Inline; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace millrace::net::text {

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c)
    table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c)
    table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c)
    table[static_cast<std::size_t>(c)] = true;
  for (char c : std::string_view("!#$%&'*+-.^_`|~"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> make_value_table() {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < 256; ++c)
    table[c] = c != 0x7f;
  table['\t'] = true;
  return table;
}
inline constexpr auto kToken = make_token_table();
inline constexpr auto kValue = make_value_table();  // field-vchar, SP, HTAB, obs-text

inline bool all_of(const std::array<bool, 256>& table, std::string_view text) {
  for (char c : text)
    if (!table[static_cast<unsigned char>(c)]) return false;
  return true;
}
inline bool is_token(std::string_view text) {
  return !text.empty() && all_of(kToken, text);
}
inline bool is_value(std::string_view text) {
  return all_of(kValue, text);
}

inline std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

// Calls f(element) for each element of a comma-separated list, trimmed; empty elements are skipped.
template <class F>
void for_each_element(std::string_view list, F&& f) {
  while (!list.empty()) {
    std::size_t comma = list.find(',');
    std::string_view element = trim(list.substr(0, comma));
    if (!element.empty()) f(element);
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace millrace::net::text
