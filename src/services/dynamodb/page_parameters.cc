#include "services/dynamodb/page_parameters.h"

#include <algorithm>
#include <set>

#include "engines/table/item_codec.h"
#include "engines/table/throttle.h"

namespace millrace::dynamodb {
namespace {

// These messages of bad values come without the words about the starting key.
bool stands_alone(std::string_view message) {
  constexpr std::string_view kParts[] = {
      "contains duplicates", "number set",       "numeric value", "significant digits",
      "Number overflow",     "Number underflow", "magnitude"};
  return std::ranges::any_of(
      kParts, [&](std::string_view part) { return message.find(part) != std::string_view::npos; });
}

}  // namespace

Checked<void> check_select(const Selection& selection, const PageWords& words) {
  const bool has_attributes = selection.has_projection_expression || selection.has_attributes_to_get;
  if (!selection.select) return {};
  const std::string& select = *selection.select;
  if (select == "SPECIFIC_ATTRIBUTES") {
    if (has_attributes) return {};
    return refuse(
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES");
  }
  if (has_attributes) {
    const std::string_view member =
        selection.has_projection_expression ? "ProjectionExpression" : "AttributesToGet";
    if (select == "COUNT")
      return refuse("Cannot specify the " + std::string(member) + " when choosing to get only the Count");
    return refuse("Cannot specify the " + std::string(member) + " when choosing to get " + select);
  }
  if (select == "ALL_PROJECTED_ATTRIBUTES" && !selection.has_index)
    return refuse_parameter("ALL_PROJECTED_ATTRIBUTES can be used only when " + std::string(words.doing) +
                            " using an IndexName");
  return {};
}

Checked<void> check_start_values(const std::optional<table::Map>& start_key) {
  if (!start_key) return {};
  const table::Invalid* invalid = table::first_invalid(*start_key);
  if (!invalid) return {};
  return refuse((stands_alone(invalid->message) ? "" : "The provided starting key is invalid: ") +
                invalid->message);
}

Checked<void> check_index(const table::TableDefinition& table, const std::optional<std::string>& index_name,
                          bool consistent) {
  if (!index_name) return {};
  const table::IndexDefinition* index = table.find_index(*index_name);
  if (!index) return refuse("The table does not have the specified index: " + *index_name);
  if (index->global && consistent)
    return refuse("Consistent reads are not supported on global secondary indexes");
  return {};
}

Checked<bool> check_index_selection(const table::IndexDefinition* index, const table::TableDefinition& table,
                                    const std::optional<std::string>& select,
                                    const std::optional<table::Projection>& projection) {
  if (!index || index->projection == table::ProjectionType::kAll) return false;
  if (select == "ALL_ATTRIBUTES") {
    if (!index->global) return true;
    return refuse_parameter("Select type ALL_ATTRIBUTES is not supported for global secondary index " +
                            index->name + " because its projection type is not ALL");
  }
  if (!projection) return false;
  std::string missing;
  for (std::size_t i = 0; i < projection->size(); ++i) {
    const std::string_view name = projection->path(i).front().name;
    if (index->projects(name, table.keys)) continue;
    if (!missing.empty()) missing += ", ";
    missing += name;
  }
  if (missing.empty()) return false;
  if (!index->global) return true;
  return refuse_parameter("Global secondary index " + index->name + " does not project [" + missing + "]");
}

Checked<void> check_filter_projected(const table::IndexDefinition* index, const table::TableDefinition& table,
                                     const std::optional<table::Condition>& filter) {
  if (!index || !filter || index->projection == table::ProjectionType::kAll) return {};
  std::set<std::string_view> missing;
  filter->visit_paths([&](table::Path path) {
    if (!index->projects(path.front().name, table.keys)) missing.insert(path.front().name);
  });
  if (missing.empty()) return {};
  std::string names;
  for (const std::string_view name : missing)
    names.append(names.empty() ? "" : ", ").append(name);
  return refuse_parameter("Secondary index " + index->name +
                          " does not project one or more filter attributes: [" + names + "]");
}

TableCost page_cost(const table::IndexDefinition* index, const table::Page& page, bool consistent) {
  TableCost cost;
  cost.returned = page.count;
  if (index == nullptr || page.table_bytes > 0)
    cost.read_units = table::read_units(page.table_bytes, consistent);
  if (index == nullptr) return cost;
  const double units = table::read_units(page.index_bytes, consistent);
  if (index->global) {
    cost.index = index->name;
    cost.index_read_units = units;
  } else {
    cost.read_units += units;
  }
  return cost;
}

std::optional<ConsumedCapacity> page_capacity(const table::DefinitionPtr& table,
                                              const std::optional<std::string>& index_name,
                                              const table::Page& page,
                                              const std::optional<std::string>& wanted, bool consistent) {
  if (!wanted) return std::nullopt;
  CapacityMeter meter(table, wanted);
  if (index_name) meter.read_index(*index_name, page.index_bytes, consistent);
  if (!index_name || page.table_bytes > 0) meter.read(page.table_bytes, consistent);
  return meter.result();
}

}  // namespace millrace::dynamodb
