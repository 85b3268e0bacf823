// AttributeValues between the wire and the engine: what generated code calls. The decoder is the engine's own
// (engines/table/item_codec.h); a value DynamoDB refuses later stands as table::Invalid in its place. Pure; any thread.
#pragma once

#include <string>

#include "engines/table/value.h"
#include "wire/decode.h"
#include "wire/json_value.h"

namespace millrace::dynamodb {

// False: wrong JSON type, reported to `errors`.
bool decode_attribute(const wire::Json& json, wire::Place place, table::Value& out,
                      wire::DecodeErrors& errors);
bool decode_attribute_map(const wire::Json& json, table::Map& out, wire::DecodeErrors& errors);
// Append {"S":".."} and {"name":{"S":".."},..}.
void encode_attribute(const table::Value& value, std::string& out);
void encode_attribute_map(const table::Map& map, std::string& out);

}  // namespace millrace::dynamodb
