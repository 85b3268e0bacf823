// Table definitions as the API describes them. Pure; any thread.
#pragma once

#include <string_view>
#include <vector>

#include "engines/table/table_definition.h"
#include "shapes/dynamodb/types/table_description.h"

namespace millrace::dynamodb {

// As it stands; operations that change a table overwrite the status they answer with.
TableDescription describe(const table::TableDefinition& table, const table::TableCounters& counters,
                          base::WallTime now);
std::vector<KeySchemaElement> describe_keys(const table::KeySchema& keys);
Projection describe_projection(const table::IndexDefinition& index);
// "CREATING": with no counts, and its indexes likewise, as CreateTable answers.
void set_status(TableDescription& description, std::string_view status);

// Keys of TableDefinition::settings.
namespace setting {
inline constexpr std::string_view kTableClass = "TableClass";
inline constexpr std::string_view kTableClassSince = "TableClassSince";  // microseconds
inline constexpr std::string_view kSseType = "SSEType";
inline constexpr std::string_view kSseKey = "KMSMasterKeyArn";
inline constexpr std::string_view kMaxRead = "MaxReadRequestUnits";
inline constexpr std::string_view kMaxWrite = "MaxWriteRequestUnits";
// Of a table that was restored.
inline constexpr std::string_view kRestoredBackup = "RestoreSourceBackupArn";
inline constexpr std::string_view kRestoredTable = "RestoreSourceTableArn";
inline constexpr std::string_view kRestoredTo = "RestoreDateTime";  // microseconds
inline constexpr std::string_view kWarmRead = "WarmReadUnitsPerSecond";
inline constexpr std::string_view kWarmWrite = "WarmWriteUnitsPerSecond";
}  // namespace setting
// The setting of an index.
std::string index_setting(std::string_view setting, std::string_view index);

}  // namespace millrace::dynamodb
