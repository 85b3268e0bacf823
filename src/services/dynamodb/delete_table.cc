// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
#include "shapes/dynamodb/delete_table.h"

#include "engines/table/table_stream.h"
#include "services/dynamodb/describe.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"

namespace millrace::dynamodb {

Answer<DeleteTableOutput> delete_table(DynamoDb& service, const wire::RequestContext& context,
                                       DeleteTableInput input) {
  auto name = table_name(context, input.table_name);
  if (!name) co_return base::fail(std::move(name.error()));
  const std::string shown = name->name;
  const base::WallTime now = context.now;
  table::Definitions::AlsoWrite close = [now](const table::TableDefinition& table, auto& batch) {
    if (table.stream && table.stream->enabled) table::close_stream(batch, *table.stream, now);
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
  output.table_description = describe(**removed, {});
  set_status(*output.table_description, "DELETING");
  // AWS leaves the schema out here.
  output.table_description->attribute_definitions.reset();
  output.table_description->key_schema.reset();
  output.table_description->creation_date_time.reset();
  co_return output;
}

}  // namespace millrace::dynamodb
