// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
#include "shapes/dynamodb/get_item.h"

#include "engines/table/item_codec.h"
#include "engines/table/throttle.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/parameters.h"
#include "services/dynamodb/table_meters.h"

namespace millrace::dynamodb {
namespace {

Checked<std::optional<table::Projection>> parse(const GetItemInput& input,
                                                table::Placeholders& placeholders) {
  if (auto ok = check_mix({{"ProjectionExpression", input.projection_expression.has_value()}},
                          {{"AttributesToGet", input.attributes_to_get.has_value()}},
                          input.expression_attribute_names.has_value(), false);
      !ok)
    return base::fail(std::move(ok.error()));
  if (auto ok = check_values(input.key); !ok) return base::fail(std::move(ok.error()));
  if (auto ok = check_attributes(input.attributes_to_get); !ok) return base::fail(std::move(ok.error()));
  if (auto ok = check_placeholders(placeholders); !ok) return base::fail(std::move(ok.error()));
  auto projection = input.attributes_to_get ? parse_attributes(input.attributes_to_get)
                                            : parse_projection(input.projection_expression, placeholders);
  if (!projection) return projection;
  if (auto ok = check_all_used(placeholders); !ok) return base::fail(std::move(ok.error()));
  return projection;
}

}  // namespace

Answer<GetItemOutput> get_item(DynamoDb& service, const wire::RequestContext& context, GetItemInput input) {
  table::Placeholders placeholders = make_placeholders(input.expression_attribute_names, {});
  auto projection = parse(input, placeholders);
  if (!projection) co_return base::fail(std::move(projection.error()));
  auto table = co_await find_table(service, context, input.table_name);
  if (!table) co_return base::fail(std::move(table.error()));
  if (auto ok = check_paths(*projection, **table); !ok) co_return base::fail(std::move(ok.error()));
  auto found = co_await service.tables.items().get(*table, input.key, input.consistent_read.value_or(false));
  if (!found)
    co_return base::fail(metered(service, context, **table, to_service_error(std::move(found.error()))));

  GetItemOutput output;
  const std::optional<std::string>& stored = *found;
  if (stored && !*projection) output.item = wire::RawJson{std::string(table::stored_json(*stored))};
  if (stored && *projection) {
    auto item = table::decode_stored(*stored);
    if (!item) co_return base::fail(wire::internal_error());
    output.item = wire::RawJson{table::to_json((*projection)->apply(*item))};
  }
  TableCost cost;
  cost.read_units =
      table::read_units(stored ? table::stored_size(*stored) : 0, input.consistent_read.value_or(false));
  meter(service, context, **table, cost);
  if (input.return_consumed_capacity) {
    CapacityMeter capacity(*table, input.return_consumed_capacity);
    capacity.read(stored ? table::stored_size(*stored) : 0, input.consistent_read.value_or(false));
    output.consumed_capacity = capacity.result();
  }
  co_return output;
}

}  // namespace millrace::dynamodb
