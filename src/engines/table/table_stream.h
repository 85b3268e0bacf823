// A table's stream: how the table engine uses engines/stream. All but append_change() is for services and triggers too.
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "engines/table/table_definition.h"
#include "store/store.h"

namespace millrace::table {

// Appends a change record of the item with this key (or of this item) to the table's enabled stream, in order per
// partition key. Returns the hash that places it (stream::place_of).
std::uint64_t append_change(store::Batch& batch, const TableDefinition& table, const Item& key,
                            std::string_view record, base::WallTime now);

// A stream for a table that has none enabled; its label comes from the time, so two of one table differ.
TableStream new_table_stream(StreamView view, base::Random& random, base::WallTime now);
// Writes what such a stream begins and ends with, in the commit that changes the definition.
void create_stream(store::Batch& batch, const TableDefinition& table, base::WallTime now);
void close_stream(store::Batch& batch, const TableStream& stream, base::WallTime now);

// What a stream says about its table, long after the table is gone.
struct StreamDetails {
  StreamView view = StreamView::kKeysOnly;
  std::string partition;
  std::string sort;  // empty: none
};
std::optional<StreamDetails> parse_stream_details(std::string_view details);

}  // namespace millrace::table
