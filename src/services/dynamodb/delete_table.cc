// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
#include "shapes/dynamodb/delete_table.h"

#include <algorithm>

#include "engines/table/table_stream.h"
#include "services/dynamodb/describe.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "shapes/dynamodb/errors.h"

namespace millrace::dynamodb {

namespace {

constexpr std::chrono::days kKept{35};

// What is left of a table with point-in-time recovery; its counts are those just before. Used only if it still has that then.
Answer<table::Backup> last_backup(DynamoDb& service, table::TableName name, base::WallTime now) {
  table::Backup backup;
  backup.name = {name, table::make_backup_id(service.random, now)};
  backup.title = name.name + "$DeletedTableBackup";
  backup.type = table::BackupType::kSystem;
  backup.available = true;
  backup.created = now;
  backup.expires = now + kKept;
  auto table = co_await service.tables.definitions().find(std::move(name));
  if (!table) co_return backup;
  if (std::ranges::any_of((*table)->indexes, [](const table::IndexDefinition& index) {
        return index.status == table::IndexStatus::kCreating;
      }))
    co_return base::fail(resource_in_use_exception(
        "Attempt to change a resource which is still in use: Cannot delete table while indexes are being "
        "created, updated, or deleted."));
  if (!(*table)->recovery.enabled) co_return backup;
  auto counters = co_await service.tables.definitions().counters(*table);
  if (!counters) co_return base::fail(to_service_error(std::move(counters.error())));
  backup.size = counters->table;
  co_return backup;
}

}  // namespace

Answer<DeleteTableOutput> delete_table(DynamoDb& service, const wire::RequestContext& context,
                                       DeleteTableInput input) {
  auto name = table_name(context, input.table_name);
  if (!name) co_return base::fail(std::move(name.error()));
  const std::string shown = name->name;
  const base::WallTime now = context.now;
  auto last = co_await last_backup(service, *name, now);
  if (!last) co_return base::fail(std::move(last.error()));
  table::Definitions::AlsoWrite close = [now, &last](const table::TableDefinition& table, auto& batch) {
    if (table.stream && table.stream->enabled) table::close_stream(batch, *table.stream, now);
    if (!table.recovery.enabled) return;
    last->data = table.id;
    last->definition = std::make_shared<table::TableDefinition>(table);
    table::put_system_backup(batch, *last);
  };
  auto removed = co_await service.tables.definitions().remove(std::move(*name), std::move(close));
  if (!removed && removed.error().kind == table::TableErrorKind::kTableNotFound)
    co_return base::fail(table_not_found(shown));
  if (!removed && removed.error().kind == table::TableErrorKind::kProtected)
    co_return refuse(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion "
        "protection first.");
  if (!removed) co_return base::fail(to_service_error(std::move(removed.error())));

  DeleteTableOutput output;
  output.table_description = describe(**removed, {}, now);
  set_status(*output.table_description, "DELETING");
  // AWS leaves the schema out here.
  output.table_description->attribute_definitions.reset();
  output.table_description->key_schema.reset();
  output.table_description->creation_date_time.reset();
  co_return output;
}

}  // namespace millrace::dynamodb
