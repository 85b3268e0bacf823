// From CreateTable's and UpdateTable's parameters to a table definition, with AWS's checks in AWS's order. Pure; any thread.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engines/table/table_definition.h"
#include "services/dynamodb/dynamodb.h"
#include "shapes/dynamodb/types/attribute_definition.h"
#include "shapes/dynamodb/types/global_secondary_index.h"
#include "shapes/dynamodb/types/key_schema_element.h"
#include "shapes/dynamodb/types/local_secondary_index.h"
#include "shapes/dynamodb/types/provisioned_throughput.h"
#include "shapes/dynamodb/types/sse_specification.h"
#include "shapes/dynamodb/types/stream_specification.h"
#include "shapes/dynamodb/types/tag.h"

namespace millrace::dynamodb {

using Attributes = std::vector<AttributeDefinition>;

// Keys, indexes and attribute definitions, and whether they fit each other.
struct SchemaInput {
  const Attributes& attributes;
  const std::vector<KeySchemaElement>& keys;
  const std::optional<std::vector<LocalSecondaryIndex>>& local_indexes;
  const std::optional<std::vector<GlobalSecondaryIndex>>& global_indexes;
  bool on_demand = false;
};
// Fills attributes, keys and indexes of `table`.
Checked<void> read_schema(const SchemaInput& input, table::TableDefinition& table);

Checked<table::KeySchema> read_keys(const std::vector<KeySchemaElement>& keys, const Attributes& attributes);
// Of a global index: up to four attributes of each kind.
Checked<table::KeySchema> read_global_keys(const std::vector<KeySchemaElement>& keys,
                                           const Attributes& attributes);
Checked<void> read_projection(const Projection& projection, table::IndexDefinition& index);
// "Some AttributeDefinitions are not used", of a table with indexes.
Checked<void> check_attributes_used(const table::TableDefinition& table);
Checked<void> read_attributes(const Attributes& attributes, std::vector<table::KeyAttribute>& out);

// Within bounds.
Checked<void> check_throughput(const std::optional<ProvisionedThroughput>& throughput);

inline constexpr std::size_t kMaxTags = 50;
Checked<void> check_tags(const std::vector<Tag>& tags);
void apply_sse(const SSESpecification& specification, table::TableDefinition& table);
// StreamEnabled against StreamViewType; nullopt: no stream.
Checked<std::optional<table::StreamView>> read_stream(const StreamSpecification& specification,
                                                      bool is_new_table);

}  // namespace millrace::dynamodb
