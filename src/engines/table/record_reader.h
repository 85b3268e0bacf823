// Reads the tuples that backups, copies and transfers are stored as. Internal to the room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engines/table/table_definition.h"
#include "store/tuple.h"

namespace millrace::table {

// Takes elements off the front; `failed` once one did not decode.
struct RecordReader {
  std::string_view bytes;
  bool failed = false;

  std::uint64_t number() {
    const auto value = store::take_u64(bytes);
    failed = failed || !value;
    return value.value_or(0);
  }
  std::int64_t count() { return static_cast<std::int64_t>(number()); }
  base::WallTime time() { return base::WallTime(std::chrono::microseconds(count())); }
  std::string text() {
    auto value = store::take_bytes(bytes);
    failed = failed || !value;
    return std::move(value).value_or("");
  }
  TableName table() {
    TableName name;
    name.account = text();
    name.region = text();
    name.name = text();
    return name;
  }
};

}  // namespace millrace::table
