// The checks of items, keys and updates against a table's key schema. Pure; any thread. Errors carry AWS's
// ValidationException message, complete.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "engines/table/expression.h"
#include "engines/table/key_codec.h"
#include "engines/table/value.h"

namespace millrace::table {

// A key attribute of a secondary index; of all indexes, global ones first, in the order of their definition.
struct IndexKeyAttribute {
  std::string_view index_name;
  std::string_view name;
  KeyType type;
  bool is_partition;
};

// PutItem, BatchWriteItem: not larger than 400 KB. AWS looks at this before it looks for the table.
base::Result<void, ExpressionError> check_item_size(const Item& item);
// PutItem: key attributes present, of the right type, not empty, not too long; index key attributes of the right type where
// present.
base::Result<void, ExpressionError> check_item(const Item& item, const KeySchemaView& schema,
                                               std::span<const IndexKeyAttribute> index_keys);
// GetItem, UpdateItem, DeleteItem: exactly the key attributes.
base::Result<void, ExpressionError> check_key(const Item& key, const KeySchemaView& schema);
// UpdateItem: the actions leave the key alone, give index keys the right type, and paths do not look inside
// key attributes.
base::Result<void, ExpressionError> check_update(const Update& update, const KeySchemaView& schema,
                                                 std::span<const IndexKeyAttribute> index_keys);
// The item an update made: its size, and the index key attributes it changed.
base::Result<void, ExpressionError> check_updated_item(const Item& item,
                                                       std::span<const IndexKeyAttribute> index_keys);
// Paths of conditions, filters and projections may not look inside key attributes.
base::Result<void, ExpressionError> check_path(Path path, const KeySchemaView& schema,
                                               std::span<const IndexKeyAttribute> index_keys);

}  // namespace millrace::table
