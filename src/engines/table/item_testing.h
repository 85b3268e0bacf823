// Items written as wire JSON, for tests. A text that is not an item stops the test with a message.
#pragma once

#include <string_view>

#include "engines/table/value.h"

namespace millrace::table {

Item item_from_json(std::string_view json);
Value value_from_json(std::string_view json);

}  // namespace millrace::table
