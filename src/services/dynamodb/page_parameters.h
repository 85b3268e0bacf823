// What Query and Scan check alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engines/table/pages.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/parameters.h"
#include "services/dynamodb/table_meters.h"

namespace millrace::dynamodb {

// The words in which the two operations differ.
struct PageWords {
  std::string_view doing;   // "Querying"
  std::string_view filter;  // "QueryFilter"
};

// Select against the attributes asked for and the index.
struct Selection {
  const std::optional<std::string>& select;
  bool has_projection_expression;
  bool has_attributes_to_get;
  bool has_index;
};
Checked<void> check_select(const Selection& selection, const PageWords& words);
Checked<void> check_start_values(const std::optional<table::Map>& start_key);
// The index exists and may be read in this way.
Checked<void> check_index(const table::TableDefinition& table, const std::optional<std::string>& index_name,
                          bool consistent);
// What Select and the projection ask of an index: whether whole items are to be fetched from the table.
Checked<bool> check_index_selection(const table::IndexDefinition* index, const table::TableDefinition& table,
                                    const std::optional<std::string>& select,
                                    const std::optional<table::Projection>& projection);
// A query's filter may look only at what the index holds. (A scan's may look at anything: what is not there does not match.)
Checked<void> check_filter_projected(const table::IndexDefinition* index, const table::TableDefinition& table,
                                     const std::optional<table::Condition>& filter);
// What a page takes, for CloudWatch.
TableCost page_cost(const table::IndexDefinition* index, const table::Page& page, bool consistent);
std::optional<ConsumedCapacity> page_capacity(const table::DefinitionPtr& table,
                                              const std::optional<std::string>& index_name,
                                              const table::Page& page,
                                              const std::optional<std::string>& wanted, bool consistent);

template <class Output>
Output page_output(table::Page& page, bool count_only) {
  Output output;
  output.count = static_cast<std::int32_t>(page.count);
  output.scanned_count = static_cast<std::int32_t>(page.scanned);
  if (!count_only) output.items = wire::RawJsonList(std::move(page.items), page.count);
  if (!page.last_key.empty()) output.last_evaluated_key = wire::RawJson{std::move(page.last_key)};
  return output;
}

}  // namespace millrace::dynamodb
