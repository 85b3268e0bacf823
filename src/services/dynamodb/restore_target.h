// From what a table was to the table that is restored from it. Pure; any thread.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CreateBackup.html
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engines/table/table_definition.h"
#include "services/dynamodb/dynamodb.h"
#include "shapes/dynamodb/types/global_secondary_index.h"
#include "shapes/dynamodb/types/local_secondary_index.h"
#include "shapes/dynamodb/types/on_demand_throughput.h"
#include "shapes/dynamodb/types/provisioned_throughput.h"
#include "shapes/dynamodb/types/sse_specification.h"

namespace millrace::dynamodb {

// The ...Override members of both restore operations.
struct RestoreOverrides {
  std::optional<std::string> billing_mode;
  std::optional<ProvisionedThroughput> throughput;
  std::optional<OnDemandThroughput> on_demand;
  std::optional<SSESpecification> sse;
  std::optional<std::vector<GlobalSecondaryIndex>> global_indexes;
  std::optional<std::vector<LocalSecondaryIndex>> local_indexes;
};
template <class Input>
RestoreOverrides restore_overrides(const Input& input) {
  return {input.billing_mode_override,           input.provisioned_throughput_override,
          input.on_demand_throughput_override,   input.sse_specification_override,
          input.global_secondary_index_override, input.local_secondary_index_override};
}

struct RestoreFacts {
  std::string uuid;  // of the new table
  base::WallTime now{};
  base::WallTime restored_to{};
  std::optional<std::string> backup_arn;
};
// Keys, indexes, billing, encryption and class; tags, streams, time to live, policies and point-in-time recovery are not restored.
Checked<table::TableDefinition> restored_table(const table::TableDefinition& source,
                                               const RestoreOverrides& overrides, const RestoreFacts& facts);

}  // namespace millrace::dynamodb
