#include "engines/table/item_validation.h"

#include <algorithm>

#include <fmt/format.h>

#include "engines/table/item_size.h"

namespace millrace::table {
namespace {

using Checked = base::Result<void, ExpressionError>;

Checked fail(std::string message) {
  return base::fail(ExpressionError{std::move(message)});
}

// "string" or "binary" for an empty one, else "".
std::string_view empty_kind(const Value& value) {
  if (auto* s = std::get_if<String>(&value.data); s && s->text.empty()) return "string";
  if (auto* b = std::get_if<Binary>(&value.data); b && b->bytes.empty()) return "binary";
  return {};
}

std::size_t length_of(const Value& value) {
  if (auto* s = std::get_if<String>(&value.data)) return s->text.size();
  if (auto* b = std::get_if<Binary>(&value.data)) return b->bytes.size();
  return 0;
}

// AWS words this differently for keys in items (" are not valid.") and for keys alone (" were invalid:").
Checked check_not_empty(const Value& value, std::string_view name, std::string_view words) {
  std::string_view empty = empty_kind(value);
  if (empty.empty()) return {};
  return fail(
      fmt::format("One or more parameter values{} The AttributeValue for a key attribute cannot contain an "
                  "empty {} value. Key: {}",
                  words, empty, name));
}
constexpr std::string_view kInItem = " are not valid.";
constexpr std::string_view kAlone = " were invalid:";

Checked check_key_length(std::size_t length, bool is_partition) {
  if (is_partition && length > kMaxPartitionKeySize) {
    return fail(
        "One or more parameter values were invalid: "
        "Size of hashkey has exceeded the maximum size limit of2048 bytes");  // AWS's missing space
  }
  if (!is_partition && length > kMaxSortKeySize) {
    return fail(
        "One or more parameter values were invalid: "
        "Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
  }
  return {};
}

Checked check_item_key(const Item& item, std::string_view name, KeyType type, bool is_partition) {
  const Value* value = item.find(name);
  if (!value) {
    return fail(
        fmt::format("One or more parameter values were invalid: Missing the key {} in the item", name));
  }
  if (key_type_of(*value) != type) {
    return fail(fmt::format(
        "One or more parameter values were invalid: Type mismatch for key {} expected: {} actual: {}", name,
        key_type_name(type), type_name(*value)));
  }
  if (auto checked = check_not_empty(*value, name, kInItem); !checked) return checked;
  return check_key_length(length_of(*value), is_partition);
}

std::string index_type_mismatch(const IndexKeyAttribute& key, std::string_view actual) {
  return fmt::format(
      "One or more parameter values were invalid: Type mismatch for Index Key {} Expected: {} Actual: {} "
      "IndexName: {}",
      key.name, key_type_name(key.type), actual, key.index_name);
}

Checked check_index_value(const Value& value, const IndexKeyAttribute& key) {
  std::string_view empty = empty_kind(value);
  if (!empty.empty()) {
    return fail(fmt::format(
        "One or more parameter values are not valid. A value specified for a secondary index key is "
        "not supported. The AttributeValue for a key attribute cannot contain an empty {} value. "
        "IndexName: {}, IndexKey: {}",
        empty, key.index_name, key.name));
  }
  return {};
}

// The limits hold for all partition attributes of an index together, and for all its sort attributes.
class IndexKeyLengths {
 public:
  // For each index key attribute that is there, in the order of the definition.
  Checked add(const Value& value, const IndexKeyAttribute& key) {
    if (key.index_name.data() != index_ || key.is_partition != is_partition_) length_ = 0;
    index_ = key.index_name.data();
    is_partition_ = key.is_partition;
    length_ += length_of(value);
    return check_key_length(length_, is_partition_);
  }

 private:
  const char* index_ = nullptr;
  bool is_partition_ = false;
  std::size_t length_ = 0;
};

// Decoding refuses deep values, but an update may set a value inside others, and one may hold the other.
bool is_too_deep(const Value& value, int depth) {
  if (depth > kMaxNesting) return true;
  if (auto* list = std::get_if<List>(&value.data)) {
    return std::any_of(list->members.begin(), list->members.end(),
                       [&](const Value& member) { return is_too_deep(member, depth + 1); });
  }
  if (auto* map = std::get_if<Map>(&value.data)) {
    return std::any_of(map->members.begin(), map->members.end(),
                       [&](const auto& member) { return is_too_deep(member.second, depth + 1); });
  }
  return false;
}

std::string key_is_scalar(std::string_view what, std::string_view name) {
  return fmt::format(
      "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: {}: {}",
      what, name);
}

}  // namespace

Checked check_item_size(const Item& item) {
  if (item_size(item) > kMaxItemSize) return fail("Item size has exceeded the maximum allowed size");
  return {};
}

Checked check_item(const Item& item, const KeySchemaView& schema,
                   std::span<const IndexKeyAttribute> index_keys) {
  if (auto checked = check_item_key(item, schema.partition_name, schema.partition_type, true); !checked)
    return checked;
  if (!schema.sort_name.empty()) {
    if (auto checked = check_item_key(item, schema.sort_name, schema.sort_type, false); !checked)
      return checked;
  }
  IndexKeyLengths lengths;
  for (const auto& key : index_keys) {
    const Value* value = item.find(key.name);
    if (!value) continue;
    if (key_type_of(*value) != key.type) return fail(index_type_mismatch(key, type_name(*value)));
    if (auto checked = check_index_value(*value, key); !checked) return checked;
    if (auto checked = lengths.add(*value, key); !checked) return checked;
  }
  return {};
}

Checked check_key(const Item& key, const KeySchemaView& schema) {
  const bool has_sort = !schema.sort_name.empty();
  const bool matches = key.members.size() == (has_sort ? 2u : 1u);
  auto check = [&](std::string_view name, KeyType type, bool is_partition) -> Checked {
    const Value* value = matches ? key.find(name) : nullptr;
    if (!value || key_type_of(*value) != type)
      return fail("The provided key element does not match the schema");
    if (auto checked = check_not_empty(*value, name, kAlone); !checked) return checked;
    return check_key_length(length_of(*value), is_partition);
  };
  if (auto checked = check(schema.partition_name, schema.partition_type, true); !checked) return checked;
  return has_sort ? check(schema.sort_name, schema.sort_type, false) : Checked();
}

Checked check_update(const Update& update, const KeySchemaView& schema,
                     std::span<const IndexKeyAttribute> index_keys) {
  for (std::string_view name : {schema.partition_name, schema.sort_name}) {
    if (name.empty()) continue;
    for (std::size_t i = 0; i < update.size(); ++i) {
      if (update.path(i)[0].name != name) continue;
      return fail(
          fmt::format("One or more parameter values were invalid: Cannot update attribute {}. "
                      "This attribute is part of the key",
                      name));
    }
  }
  for (const auto& key : index_keys) {
    for (std::size_t i = 0; i < update.size(); ++i) {
      if (update.path(i)[0].name != key.name) continue;
      if (update.path(i).size() > 1) return fail(key_is_scalar("IndexKey", key.name));
      std::string_view type = update.result_type(i);
      if (!type.empty() && type != key_type_name(key.type)) return fail(index_type_mismatch(key, type));
      const Value* literal = update.literal(i);
      if (!literal) continue;
      if (auto checked = check_index_value(*literal, key); !checked) return checked;
      if (auto checked = check_key_length(length_of(*literal), key.is_partition); !checked) return checked;
    }
  }
  Checked inside;
  update.visit_paths([&](Path path) {
    if (inside) inside = check_path(path, schema, index_keys);
  });
  return inside;
}

Checked check_updated_item(const Item& item, std::span<const IndexKeyAttribute> index_keys) {
  IndexKeyLengths lengths;
  for (const auto& key : index_keys) {
    const Value* value = item.find(key.name);
    if (!value) continue;
    if (key_type_of(*value) != key.type) {
      return fail("The update expression attempted to update the secondary index key to unsupported type");
    }
    if (auto checked = check_index_value(*value, key); !checked) return checked;
    if (auto checked = lengths.add(*value, key); !checked) return checked;
  }
  for (const auto& [name, value] : item.members) {
    if (!is_too_deep(value, 1)) continue;
    return fail(
        "Nesting Levels have exceeded supported limits: "
        "Attributes in the item have nested levels beyond supported limit");
  }
  if (item_size(item) > kMaxItemSize)
    return fail("Item size to update has exceeded the maximum allowed size");
  return {};
}

Checked check_path(Path path, const KeySchemaView& schema, std::span<const IndexKeyAttribute> index_keys) {
  if (path.size() < 2) return {};
  for (std::string_view name : {schema.partition_name, schema.sort_name}) {
    if (!name.empty() && path[0].name == name) return fail(key_is_scalar("Key", name));
  }
  for (const auto& key : index_keys) {
    if (path[0].name == key.name) return fail(key_is_scalar("IndexKey", key.name));
  }
  return {};
}

}  // namespace millrace::table
