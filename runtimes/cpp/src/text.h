// Small things about text that the library needs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::function {

std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);
bool is_utf8(std::string_view bytes);
bool equals_ignore_case(std::string_view a, std::string_view b);

}  // namespace millrace::function
