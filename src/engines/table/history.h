// What items were before: while a table keeps history (point-in-time recovery, or a copy under way), each write stores the item it
// replaces under the item's key and a stamp. The item as it was at a time is what the first later write replaced, else what is
// there now; so a table can be read as of a time in steps, whatever is written meanwhile (docs/design/0012-backups.md).
//
// A stamp is the time of a write in microseconds, made to grow with each write of the table: order of stamps is order of commits.
// Pure or, where tasks, on any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "engines/table/table_definition.h"
#include "engines/table/table_error.h"
#include "store/store.h"

namespace millrace::table {

using Stamp = std::uint64_t;
Stamp stamp_at(base::WallTime time);

// Reads and writes stamp_key(table). Later stamps are greater, and greater than `now` once a reader asked for that time.
base::Result<Stamp, store::StoreError> next_stamp(store::Reader& view, store::Batch& batch, TableId table,
                                                  base::WallTime now);
// The table can be read as of the stamp given from the commit on: nothing is written at or before it any more.
base::Result<Stamp, store::StoreError> close_stamp(store::Reader& view, store::Batch& batch, TableId table,
                                                   Stamp at_least);

struct ItemPlace {
  TableId table = 0;
  std::string_view primary_key;  // what follows items_prefix(table) in the item's key
};
void keep_old(store::Batch& batch, const ItemPlace& place, Stamp stamp,
              const std::optional<std::string>& old);
void remove_history(store::Batch& batch, TableId table);

// A bounded part of a table as of a stamp, or as it is (nullopt).
struct PastPage {
  std::vector<std::pair<std::string, std::string>> items;  // primary key bytes, stored item
  std::string next;   // the last primary key of this part: the next one begins behind it
  bool last = false;  // there is none
};
base::Result<PastPage, store::StoreError> read_past(store::Reader& view, TableId table,
                                                    std::optional<Stamp> as_of, std::string_view after);

// Forgets at most `limit` of what was replaced before the stamp; gives how many: fewer means that none is left.
base::Task<TableResult<std::size_t>> trim_history(store::Store& store, TableId table, Stamp before,
                                                  std::size_t limit);

}  // namespace millrace::table
