// How mappings are written (docs/formats/event-source-mappings.md). Internal to the catalog. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engines/catalog/event_source_mapping.h"

namespace millrace::catalog {

std::string mapping_key(std::string_view uuid);   // 'e' 'm' uuid
std::string mappings_prefix();                    // 'e' 'm'
std::string pair_key(const EventSourceMapping&);  // 'e' 'u' source function: holds the UUID
std::string result_key(std::string_view uuid);    // 'e' 'r' uuid: the last processing result
std::string positions_prefix(std::string_view uuid);
std::string windows_prefix(std::string_view uuid);  // 'e' 'w' uuid
std::string window_key(std::string_view uuid, store::LogId shard, std::uint32_t lane);

std::string encode_mapping(const EventSourceMapping& mapping);
std::optional<EventSourceMapping> decode_mapping(std::string_view bytes);

}  // namespace millrace::catalog
