// What projections and ReturnValues share.
#pragma once

#include <span>

#include "engines/table/expression.h"

namespace millrace::table {

// The parts of `item` at the paths, in their order; list elements in the order of their indexes, closed up. No path may be
// inside another.
Item project(const Item& item, std::span<const Path> paths);

}  // namespace millrace::table
