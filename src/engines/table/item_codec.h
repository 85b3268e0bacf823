// Attribute values on the wire and in the store. Pure functions; any thread.
//
// The wire's JSON ({"S":"x"}) decodes in one pass. AWS finds wrong JSON types (SerializationException) before
// it looks at any parameter, and bad values (ValidationException) after it looked at most of them. So
// decoding fails only for the first kind; a bad value becomes an `Invalid` in its place, and whoever owns the
// request asks first_invalid() when its turn comes.
//
// A stored item is one format byte (1), the item's size in DynamoDB bytes as a varint, and the item's
// canonical wire JSON: what GetItem, Query, stream images and events need is a copy of stored bytes
// (docs/formats/item.md).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engines/table/value.h"

namespace simdjson::dom {
class element;
}

namespace millrace::table {

// JSON of the wrong type; `message` is that of AWS's SerializationException.
struct SerializationError {
  std::string message;
};

base::Result<Value, SerializationError> decode_value(simdjson::dom::element json);
// A JSON object of attribute values, as in Item, Key, ExclusiveStartKey, ExpressionAttributeValues.
base::Result<Item, SerializationError> decode_item(simdjson::dom::element json);
// A JSON array of attribute values, as in AttributeValueList.
base::Result<std::vector<Value>, SerializationError> decode_values(simdjson::dom::element json);

// The first bad value, in the order given, or null. Members of lists and maps are looked into.
const Invalid* first_invalid(const Value& value);
const Invalid* first_invalid(const Item& item);

// Canonical JSON. A Value that is or holds an Invalid is a bug.
void append_json(std::string& out, const Value& value);
void append_json(std::string& out, const Item& item);
std::string to_json(const Item& item);
// As a JSON string, quotes included; for names.
void append_json_string(std::string& out, std::string_view text);

std::string encode_stored(const Item& item);
void append_stored(std::string& out, const Item& item, std::size_t size_in_dynamodb_bytes);
// Of bytes that encode_stored() wrote; others answer 0 or an empty view.
std::size_t stored_size(std::string_view stored);
std::string_view stored_json(std::string_view stored);
// Fast and trusting. kCorrupt when the bytes are not a stored item.
enum class StoredError { kCorrupt };
base::Result<Item, StoredError> decode_stored(std::string_view stored);

}  // namespace millrace::table
