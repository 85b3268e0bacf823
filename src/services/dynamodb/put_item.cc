// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
#include "shapes/dynamodb/put_item.h"

#include "engines/table/item_codec.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/item_parameters.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/table_meters.h"

namespace millrace::dynamodb {

Answer<PutItemOutput> put_item(DynamoDb& service, const wire::RequestContext& context, PutItemInput input) {
  table::Placeholders placeholders =
      make_placeholders(input.expression_attribute_names, input.expression_attribute_values);
  auto condition = parse_conditional_write(input, input.item, placeholders);
  if (!condition) co_return base::fail(std::move(condition.error()));
  auto table = co_await find_table(service, context, input.table_name);
  if (!table) co_return base::fail(std::move(table.error()));
  if (auto ok = check_paths(*condition, **table); !ok) co_return base::fail(std::move(ok.error()));

  table::ItemWrite write;
  write.kind = table::WriteKind::kPut;
  write.item = &input.item;
  write.condition = *condition ? &**condition : nullptr;
  auto done = co_await service.tables.items().write(*table, write);
  if (!done)
    co_return base::fail(
        metered(service, context, **table,
                to_service_error(std::move(done.error()),
                                 error_item(input.return_values_on_condition_check_failure))));
  TableCost cost;
  cost.write_units = write_units_of(*done);
  meter(service, context, *done->table, cost);

  PutItemOutput output;
  if (input.return_values == "ALL_OLD" && done->old_stored)
    output.attributes = wire::RawJson{std::string(table::stored_json(*done->old_stored))};
  output.consumed_capacity = write_capacity(*done, input.return_consumed_capacity);
  output.item_collection_metrics =
      collection_metrics(*done->table, input.item, input.return_item_collection_metrics);
  co_return output;
}

}  // namespace millrace::dynamodb
