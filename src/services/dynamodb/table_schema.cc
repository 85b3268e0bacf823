#include "services/dynamodb/table_schema.h"

#include <algorithm>
#include <set>

#include "services/dynamodb/describe.h"
#include "services/dynamodb/errors.h"

namespace millrace::dynamodb {
namespace {

constexpr std::int64_t kMaxThroughput = 1'000'000'000'000;
constexpr std::size_t kMaxLocalIndexes = 5;
constexpr std::size_t kMaxGlobalIndexes = 20;

template <class Range, class Name>
std::string listing(const Range& range, Name name) {
  std::string out = "[";
  for (const auto& element : range) {
    if (out.size() > 1) out += ", ";
    out += name(element);
  }
  return out + "]";
}

std::string names_of(const std::vector<KeySchemaElement>& keys) {
  return listing(keys, [](const KeySchemaElement& key) { return key.attribute_name; });
}
std::string names_of(const Attributes& attributes) {
  return listing(attributes, [](const AttributeDefinition& attribute) { return attribute.attribute_name; });
}

const AttributeDefinition* find(const Attributes& attributes, std::string_view name) {
  const auto found = std::ranges::find(attributes, name, &AttributeDefinition::attribute_name);
  return found == attributes.end() ? nullptr : &*found;
}

table::KeyAttribute to_key(const AttributeDefinition& attribute) {
  return {attribute.attribute_name,
          table::parse_key_type(attribute.attribute_type).value_or(table::KeyType::kString)};
}

std::string unused_words(const std::string& defined, const std::vector<std::string>& used) {
  return "Some AttributeDefinitions are not used. AttributeDefinitions: " + defined +
         ", keys used: " + listing(used, [](const std::string& text) { return text; });
}

Checked<void> check_defined(const std::vector<KeySchemaElement>& keys, const Attributes& attributes) {
  for (const KeySchemaElement& key : keys) {
    if (!find(attributes, key.attribute_name))
      return refuse_parameter("Some index key attributes are not defined in AttributeDefinitions. Keys: " +
                              names_of(keys) + ", AttributeDefinitions: " + names_of(attributes));
  }
  return {};
}

// The key schema of a table or a local index: the model lets more through, for global indexes.
Checked<void> check_short(const std::vector<KeySchemaElement>& keys, const std::string& where) {
  if (keys.size() <= 2) return {};
  const std::string value = listing(keys, [](const KeySchemaElement& key) {
    return "KeySchemaElement(attributeName=" + key.attribute_name + ", keyType=" + key.key_type + ")";
  });
  return refuse("1 validation error detected: Value '" + value + "' at '" + where +
                "' failed to satisfy constraint: Member must have length less than or equal to 2");
}

// A key of several partition or sort attributes: in this order, at most four of each.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
Checked<void> check_multi(const std::vector<KeySchemaElement>& keys) {
  std::set<std::string_view> names;
  std::size_t counts[2] = {};
  bool mixed = false;
  for (const KeySchemaElement& key : keys) {
    const bool is_sort = key.key_type == "RANGE";
    if (!names.insert(key.attribute_name).second)
      return refuse("The KeySchema contains multiple key attributes with the same name");
    if (!is_sort && counts[1] > 0) mixed = true;
    ++counts[is_sort ? 1 : 0];
  }
  if (keys[0].key_type != "HASH")
    return refuse("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  if (mixed)
    return refuse_parameter("All HASH key attributes must precede RANGE key attributes in the KeySchema");
  for (const std::size_t kind : {0, 1}) {
    if (counts[kind] <= table::kMaxKeyAttributes) continue;
    return refuse_parameter("The KeySchema exceeds the maximum allowed number of " +
                            std::string(kind == 0 ? "HASH" : "RANGE") + " key attributes");
  }
  return {};
}

Checked<void> note_name(std::set<std::string>& names, const std::string& name) {
  if (!names.insert(name).second) return refuse_parameter("Duplicate index name: " + name);
  return {};
}

Checked<table::IndexDefinition> read_local(const LocalSecondaryIndex& input, const SchemaInput& schema) {
  const std::size_t position = static_cast<std::size_t>(&input - schema.local_indexes->data()) + 1;
  table::IndexDefinition index;
  index.name = input.index_name;
  index.global = false;
  if (auto ok = check_short(input.key_schema,
                            "localSecondaryIndexes." + std::to_string(position) + ".member.keySchema");
      !ok)
    return base::fail(std::move(ok.error()));
  auto keys = read_keys(input.key_schema, schema.attributes);
  if (!keys) return base::fail(std::move(keys.error()));
  index.keys = std::move(*keys);
  if (!index.keys.sort)
    return refuse_parameter("Index KeySchema does not have a range key for index: " + index.name);
  const std::string& table_hash = schema.keys.front().attribute_name;
  if (index.keys.partition.name != table_hash)
    return refuse_parameter(
        "Index KeySchema does not have the same leading hash key as table KeySchema for index: " +
        index.name + ". index hash key: " + index.keys.partition.name + ", table hash key: " + table_hash);
  if (auto ok = read_projection(input.projection, index); !ok) return base::fail(std::move(ok.error()));
  return index;
}

Checked<void> read_locals(const SchemaInput& input, std::set<std::string>& names,
                          table::TableDefinition& table) {
  if (!input.local_indexes) return {};
  if (input.local_indexes->empty()) return refuse_parameter("List of LocalSecondaryIndexes is empty");
  if (input.keys.size() != 2)
    return refuse_parameter(
        "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex");
  for (const LocalSecondaryIndex& one : *input.local_indexes) {
    auto index = read_local(one, input);
    if (!index) return base::fail(std::move(index.error()));
    if (auto ok = note_name(names, index->name); !ok) return ok;
    table.indexes.push_back(std::move(*index));
  }
  if (input.local_indexes->size() > kMaxLocalIndexes)
    return refuse_parameter("Number of LocalSecondaryIndexes exceeds per-table limit of 5");
  return {};
}

Checked<void> read_globals(const SchemaInput& input, std::set<std::string>& names,
                           table::TableDefinition& table) {
  if (!input.global_indexes) return {};
  if (input.global_indexes->empty()) return refuse_parameter("List of GlobalSecondaryIndexes is empty");
  for (const GlobalSecondaryIndex& one : *input.global_indexes) {
    table::IndexDefinition index;
    index.name = one.index_name;
    auto keys = read_global_keys(one.key_schema, input.attributes);
    if (!keys) return base::fail(std::move(keys.error()));
    index.keys = std::move(*keys);
    if (auto ok = read_projection(one.projection, index); !ok) return ok;
    if (input.on_demand && one.provisioned_throughput)
      return refuse_parameter("ProvisionedThroughput should not be specified for index: " + index.name +
                              " when BillingMode is PAY_PER_REQUEST");
    if (!input.on_demand && !one.provisioned_throughput)
      return refuse_parameter("ProvisionedThroughput is not specified for index: " + index.name);
    if (auto ok = check_throughput(one.provisioned_throughput); !ok) return ok;
    if (one.provisioned_throughput) {
      index.throughput.read = one.provisioned_throughput->read_capacity_units;
      index.throughput.write = one.provisioned_throughput->write_capacity_units;
    }
    if (auto ok = note_name(names, index.name); !ok) return ok;
    table.indexes.push_back(std::move(index));
  }
  if (input.global_indexes->size() > kMaxGlobalIndexes)
    return refuse_parameter("GlobalSecondaryIndex count exceeds the per-table limit of 20");
  return {};
}

}  // namespace

Checked<table::KeySchema> read_keys(const std::vector<KeySchemaElement>& keys, const Attributes& attributes) {
  if (auto ok = check_defined(keys, attributes); !ok) return base::fail(std::move(ok.error()));
  if (keys.size() > 1 && keys[0].attribute_name == keys[1].attribute_name)
    return refuse("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  if (keys[0].key_type != "HASH")
    return refuse("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  if (keys.size() > 1 && keys[1].key_type != "RANGE")
    return refuse("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  table::KeySchema out;
  out.partition = to_key(*find(attributes, keys[0].attribute_name));
  if (keys.size() > 1) out.sort = to_key(*find(attributes, keys[1].attribute_name));
  return out;
}

Checked<table::KeySchema> read_global_keys(const std::vector<KeySchemaElement>& keys,
                                           const Attributes& attributes) {
  const bool multi = keys.size() > 2 || (keys.size() == 2 && keys[1].key_type == "HASH");
  if (!multi) return read_keys(keys, attributes);
  if (auto ok = check_defined(keys, attributes); !ok) return base::fail(std::move(ok.error()));
  if (auto ok = check_multi(keys); !ok) return base::fail(std::move(ok.error()));
  table::KeySchema out;
  for (const KeySchemaElement& key : keys) {
    table::KeyAttribute attribute = to_key(*find(attributes, key.attribute_name));
    if (&key == &keys.front())
      out.partition = std::move(attribute);
    else if (key.key_type == "HASH")
      out.more_partition.push_back(std::move(attribute));
    else if (!out.sort)
      out.sort = std::move(attribute);
    else
      out.more_sort.push_back(std::move(attribute));
  }
  return out;
}

Checked<void> read_projection(const Projection& projection, table::IndexDefinition& index) {
  if (!projection.projection_type) return refuse_parameter("Unknown ProjectionType: null");
  const std::string& type = *projection.projection_type;
  if (projection.non_key_attributes && type != "INCLUDE")
    return refuse_parameter("ProjectionType is " + type + ", but NonKeyAttributes is specified");
  if (type == "INCLUDE" && !projection.non_key_attributes)
    return refuse_parameter("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
  index.projection = type == "ALL"         ? table::ProjectionType::kAll
                     : type == "KEYS_ONLY" ? table::ProjectionType::kKeysOnly
                                           : table::ProjectionType::kInclude;
  if (!projection.non_key_attributes) return {};
  std::set<std::string_view> seen;
  for (const std::string& name : *projection.non_key_attributes) {
    if (!seen.insert(name).second) return refuse_parameter("Duplicate element in NonKeyAttributes: " + name);
  }
  index.non_key_attributes = *projection.non_key_attributes;
  return {};
}

Checked<void> read_attributes(const Attributes& attributes, std::vector<table::KeyAttribute>& out) {
  for (const AttributeDefinition& attribute : attributes) {
    const table::KeyAttribute read = to_key(attribute);
    const auto known = std::ranges::find(out, read.name, &table::KeyAttribute::name);
    if (known == out.end()) {
      out.push_back(read);
    } else if (known->type != read.type) {
      return refuse("Cannot add, delete, or redefine attribute: " + read.name);
    }
  }
  return {};
}

Checked<void> check_attributes_used(const table::TableDefinition& table) {
  std::vector<std::string> used;
  const auto use = [&used](const table::KeySchema& keys) {
    keys.each([&used](const table::KeyAttribute& key, bool) {
      if (std::ranges::find(used, key.name) == used.end()) used.push_back(key.name);
    });
  };
  use(table.keys);
  for (const table::IndexDefinition& index : table.indexes)
    use(index.keys);
  if (used.size() == table.attributes.size()) return {};
  if (table.indexes.empty())
    return refuse_parameter(
        "Number of attributes in KeySchema does not exactly match number of attributes defined in "
        "AttributeDefinitions");
  const auto name = [](const table::KeyAttribute& attribute) { return attribute.name; };
  return refuse_parameter(unused_words(listing(table.attributes, name), used));
}

namespace {

Checked<void> check_no_duplicates(const Attributes& attributes) {
  std::set<std::string_view> names;
  for (const AttributeDefinition& attribute : attributes) {
    if (!names.insert(attribute.attribute_name).second)
      return refuse("Attribute Name is duplicated: " + attribute.attribute_name);
  }
  return {};
}

// Whether a key of the table or of an index uses each attribute. AWS looks at this before it looks closer at the indexes, but after
// it has seen that every key attribute is defined.
Checked<void> check_all_used(const SchemaInput& input) {
  std::vector<std::string> used;
  bool defined = true;
  const auto use = [&](const std::vector<KeySchemaElement>& keys) {
    for (const KeySchemaElement& key : keys) {
      if (std::ranges::find(used, key.attribute_name) == used.end()) used.push_back(key.attribute_name);
      defined = defined && find(input.attributes, key.attribute_name);
    }
  };
  use(input.keys);
  if (input.local_indexes) {
    for (const LocalSecondaryIndex& one : *input.local_indexes)
      use(one.key_schema);
  }
  if (input.global_indexes) {
    for (const GlobalSecondaryIndex& one : *input.global_indexes)
      use(one.key_schema);
  }
  if (!defined || used.size() == input.attributes.size()) return {};
  return refuse_parameter(unused_words(names_of(input.attributes), used));
}

}  // namespace

Checked<void> read_schema(const SchemaInput& input, table::TableDefinition& table) {
  if (auto ok = check_short(input.keys, "keySchema"); !ok) return ok;
  if (input.keys.size() > input.attributes.size())
    return refuse("Invalid KeySchema: Some index key attribute have no definition");
  auto keys = read_keys(input.keys, input.attributes);
  if (!keys) return base::fail(std::move(keys.error()));
  table.keys = std::move(*keys);
  if (auto ok = check_no_duplicates(input.attributes); !ok) return ok;
  if (auto ok = read_attributes(input.attributes, table.attributes); !ok) return ok;
  const bool has_indexes = input.local_indexes || input.global_indexes;
  if (!has_indexes && input.keys.size() != input.attributes.size()) return check_attributes_used(table);
  const bool any = (input.local_indexes && !input.local_indexes->empty()) ||
                   (input.global_indexes && !input.global_indexes->empty());
  if (any) {
    if (auto ok = check_all_used(input); !ok) return ok;
  }
  std::set<std::string> names;
  if (auto ok = read_locals(input, names, table); !ok) return ok;
  if (auto ok = read_globals(input, names, table); !ok) return ok;
  return check_attributes_used(table);
}

Checked<void> check_throughput(const std::optional<ProvisionedThroughput>& throughput) {
  if (!throughput) return {};
  const auto check = [](std::int64_t units, std::string_view name) -> Checked<void> {
    if (units <= kMaxThroughput) return {};
    return refuse("Given value " + std::to_string(units) + " for " + std::string(name) + " is out of bounds");
  };
  if (auto ok = check(throughput->read_capacity_units, "ReadCapacityUnits"); !ok) return ok;
  return check(throughput->write_capacity_units, "WriteCapacityUnits");
}

Checked<void> check_tags(const std::vector<Tag>& tags) {
  std::set<std::string_view> seen;
  for (const Tag& tag : tags) {
    if (!seen.insert(tag.key).second)
      return refuse("Duplicate Tag Keys provided as input: Duplicate Tag Key found " + tag.key);
    if (tag.key.starts_with("aws:")) return refuse("Tag Key cannot be prefixed with aws:, Key: " + tag.key);
  }
  if (tags.size() > kMaxTags)
    return refuse("Number of Tags exceed the current limit for the provided ResourceArn");
  return {};
}

void apply_sse(const SSESpecification& specification, table::TableDefinition& table) {
  table.settings.erase(std::string(setting::kSseType));
  table.settings.erase(std::string(setting::kSseKey));
  if (!specification.enabled.value_or(false)) return;
  const std::string key = specification.kms_master_key_id.value_or("alias/aws/dynamodb");
  const std::string arn = key.starts_with("arn:")
                              ? key
                              : "arn:aws:kms:" + table.name.region + ":" + table.name.account +
                                    (key.starts_with("alias/") ? ":" : ":key/") + key;
  table.settings[std::string(setting::kSseType)] = specification.sse_type.value_or("KMS");
  table.settings[std::string(setting::kSseKey)] = arn;
}

Checked<std::optional<table::StreamView>> read_stream(const StreamSpecification& specification,
                                                      bool is_new_table) {
  if (!specification.stream_enabled) {
    if (specification.stream_view_type)
      return refuse_parameter(
          is_new_table
              ? "Table is being created with a stream disabled, UpdateViewType should not be specified"
              : "If stream is being disabled, then UpdateViewType must not be specified");
    return std::optional<table::StreamView>();
  }
  if (!specification.stream_view_type)
    return refuse_parameter(is_new_table
                                ? "Table is being created with a stream enabled, UpdateViewType is required"
                                : "If stream is being enabled then UpdateViewType is required");
  return table::parse_stream_view(*specification.stream_view_type);
}

}  // namespace millrace::dynamodb
