#include "engines/table/definition_writes.h"

#include <algorithm>
#include <stdexcept>

#include "engines/table/table_keys.h"
#include "store/tuple.h"

namespace millrace::table {

using store::StoreError;

base::Result<std::uint64_t, StoreError> take_ids(store::Reader& view, store::Batch& batch,
                                                 std::size_t count) {
  auto stored = view.get(next_id_key());
  if (!stored) return base::fail(stored.error());
  std::uint64_t first = 1;
  if (*stored) {
    std::string_view bytes = **stored;
    first = store::take_u64(bytes).value_or(1);
  }
  std::string next;
  store::append_u64(next, first + count);
  batch.put(next_id_key(), next);
  return first;
}

void DefinitionWriter::expect_counted(const TableName& name) const {
  if (!counted_ || std::ranges::find(tables, name) == tables.end())
    throw std::logic_error("table: a definition is written that nobody counts");
}

void DefinitionWriter::put_definition(const TableDefinition& definition, store::Batch& batch) const {
  expect_counted(definition.name);
  batch.put(definition_key(definition.name), encode_definition(definition));
  batch.put(version_key(definition.name), version_value(definition));
}

void DefinitionWriter::remove_definition(const TableName& name, store::Batch& batch) const {
  expect_counted(name);
  batch.del(definition_key(name));
  batch.del(version_key(name));
}

base::Result<std::shared_ptr<TableDefinition>, StoreError> read_definition(store::Reader& view,
                                                                           const TableName& name) {
  auto stored = view.get(definition_key(name));
  if (!stored) return base::fail(stored.error());
  if (!*stored) return nullptr;
  auto definition = decode_definition(**stored);
  if (!definition) return base::fail(StoreError::kCorrupt);
  return definition;
}

}  // namespace millrace::table
