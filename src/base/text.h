// Small work on text that several rooms do.
#pragma once

#include <string_view>
#include <vector>

namespace millrace::base {

// The pieces of `text` between the separators: one more than there are separators, empty ones kept. They point into `text`.
inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

}  // namespace millrace::base
