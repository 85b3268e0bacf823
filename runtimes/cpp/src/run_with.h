// The main loop against a Runtime API at a given address; what run() does, and what tests call.
#pragma once

#include <functional>
#include <string>

#include "millrace/function/handler.h"

namespace millrace::function {

int run_with(const std::string& address, const std::function<Handler()>& init);

}  // namespace millrace::function
