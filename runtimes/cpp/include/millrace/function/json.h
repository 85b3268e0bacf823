// JSON as handlers see it: nlohmann/json, because it reads and writes, and is one header (docs/design/0017-cpp-functions.md).
#pragma once

#include <nlohmann/json.hpp>

namespace millrace::function {

using Json = nlohmann::json;

}  // namespace millrace::function
