// One JSON parser per thread, for requests: its buffers are warm, and a value is decoded before anything may wait, so no two
// requests of a thread hold it at once.
#pragma once

#include "wire/json_value.h"

namespace millrace::wire {

JsonParser& thread_parser();

}  // namespace millrace::wire
