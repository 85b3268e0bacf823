// What items and values weigh, as AWS counts it for the 400 KB limit, capacity units and page sizes. Pure;
// any thread. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
#pragma once

#include <cstddef>

#include "engines/table/value.h"

namespace millrace::table {

inline constexpr std::size_t kMaxItemSize = 400 * 1024;
inline constexpr std::size_t kMaxPartitionKeySize = 2048;
inline constexpr std::size_t kMaxSortKeySize = 1024;
inline constexpr int kMaxNesting = 32;

std::size_t value_size(const Value& value);
// Names and values.
std::size_t item_size(const Item& item);

}  // namespace millrace::table
