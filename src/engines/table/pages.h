// Query and Scan: one page of a table or index, in key order.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
// Any thread. Everything it is made with must outlive it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/task.h"
#include "engines/table/definitions.h"
#include "engines/table/expression.h"
#include "engines/table/table_error.h"
#include "engines/table/throttle.h"

namespace millrace::table {

// A page ends with the item that makes it this large, filter or not.
inline constexpr std::size_t kPageBytes = 1 << 20;

// What is pointed to must outlive the task.
struct PageRequest {
  std::string_view index_name;           // empty: the table itself
  const KeyConditions* query = nullptr;  // null: a scan
  std::uint32_t segment = 0;             // of a scan
  std::uint32_t total_segments = 1;
  bool forward = true;
  std::size_t limit = 0;            // items evaluated; 0: no limit
  const Item* start_key = nullptr;  // the last evaluated key of the page before
  const Condition* filter = nullptr;
  const Projection* projection = nullptr;                     // null: whole items
  const std::function<Item(const Item&)>* reshape = nullptr;  // instead of a projection: any other form
  bool count_only = false;
  bool consistent = false;         // for what it costs: every read is consistent
  bool fetch_whole_items = false;  // Select ALL_ATTRIBUTES: a local index fetches what it does not hold
};

struct Page {
  std::string items;  // JSON of the items, separated by commas
  std::size_t count = 0;
  std::size_t scanned = 0;      // before the filter
  std::string last_key;         // JSON; empty: this was the last page
  std::size_t table_bytes = 0;  // read, for capacity units: from the table, from the index
  std::size_t index_bytes = 0;
};

// A scan's starting key: how many attributes it has, and those of the index. AWS looks at Select only after this, and at the table's own key
// after that; read() checks everything.
base::Result<void, ExpressionError> check_index_start(const TableDefinition& table,
                                                      const IndexDefinition* index, const Item& start);

class Pages {
 public:
  Pages(store::Store& store, Definitions& definitions, Throttle* throttle = nullptr)
      : store_(store), definitions_(definitions), throttle_(throttle) {}
  // Called with the table's newest definition, again when it changed: the caller's own checks against it.
  using Check = std::function<TableResult<void>(const TableDefinition& table, const IndexDefinition* index)>;
  // kInvalid, kTableNotFound, kThrottled. An index must be ACTIVE.
  base::Task<TableResult<Page>> read(DefinitionPtr table, const PageRequest& request, const Check& check);

 private:
  store::Store& store_;
  Definitions& definitions_;
  Throttle* throttle_;  // null: nobody is held
};

}  // namespace millrace::table
