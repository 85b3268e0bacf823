// Log lines of the server itself (not of functions): one line each, UTC time, level, text, to standard error.
// Never log credentials, payloads or items. Any thread; a line is written with one write(2).
#pragma once

#include <string_view>

#include <fmt/format.h>

namespace millrace::base {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);
void log_line(LogLevel level, std::string_view text);

template <class... Args>
void log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(level)) log_line(level, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace millrace::base
