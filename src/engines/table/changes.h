// What changed in a table between two moments, out of its history (history.h). Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/table/history.h"
#include "store/store.h"

namespace millrace::table {

// An item that was written in between: what it was before and what it was at the end. One of both is there.
struct ItemChange {
  Stamp last_write = 0;
  std::optional<std::string> before;  // stored items
  std::optional<std::string> after;
};
struct ChangesPage {
  std::vector<ItemChange> changes;  // in the order of their last writes
  std::string next;                 // the next part begins behind it
  bool last = false;
};
// A bounded part of what was written with stamps from `since` to `until`, both included. `after`: empty, or `next` of the part
// before. The history must be kept back to `since`.
base::Result<ChangesPage, store::StoreError> read_changes(store::Reader& view, TableId table, Stamp since,
                                                          Stamp until, std::string_view after);

}  // namespace millrace::table
