// Recursive loop detection: how often a chain of invocations came by a function, carried in the trace header that SDKs inside functions
// send on. Pure but for the randomness of a new trace.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace millrace::lambda {

// AWS stops a function when the same chain has invoked it about so many times.
inline constexpr int kMostLoops = 16;

struct Lineage {
  std::string header;  // to hand to the function: Root=…;Lineage=<function>:<count>|…
  int count = 1;       // how often the function stands in it, this time included
};
// `header` is X-Amzn-Trace-Id as it came, or empty.
Lineage extend_lineage(std::string_view header, std::string_view function_arn, base::WallTime now,
                       base::Random& random);

}  // namespace millrace::lambda
