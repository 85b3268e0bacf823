// The main loop of a function: asks the Runtime API for events and answers them, one after the other, until the process is ended.
//
//   int main() { return millrace::function::run(buffered([](const Json& event, const Context&) { return event; })); }
#pragma once

#include <functional>

#include "millrace/function/handler.h"

namespace millrace::function {

// Returns only when there is no Runtime API (any more): main's exit status.
int run(const Handler& handler);
// `init` makes the handler and whatever it needs, once, before the first event. What it throws is reported as the function's init
// error, and the program ends.
int run(const std::function<Handler()>& init);

}  // namespace millrace::function
