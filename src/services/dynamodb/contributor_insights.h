// Whether contributor insights were asked for: kept and returned; Millrace makes no reports (docs/guides/dynamodb.md). Pure; any
// thread. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/contributorinsights.html
#pragma once

#include <optional>
#include <string>

#include "engines/table/table_definition.h"

namespace millrace::dynamodb {

struct Insights {
  std::string mode;
  base::WallTime since{};
};
// Of the table, or of an index; nullopt: disabled.
std::optional<Insights> find_insights(const table::TableDefinition& table,
                                      const std::optional<std::string>& index);
void set_insights(table::TableDefinition& table, const std::optional<std::string>& index,
                  const std::optional<Insights>& insights);

}  // namespace millrace::dynamodb
