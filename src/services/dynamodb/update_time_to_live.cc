// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
#include "shapes/dynamodb/update_time_to_live.h"

#include "engines/table/table_keys.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"

namespace millrace::dynamodb {
namespace {

table::TableResult<void> apply(const TimeToLiveSpecification& wanted, table::TableDefinition& table) {
  if (wanted.enabled && table.ttl.enabled)
    return table::table_error(table::TableErrorKind::kInvalid, "TimeToLive is already enabled");
  if (!wanted.enabled && !table.ttl.enabled)
    return table::table_error(table::TableErrorKind::kInvalid, "TimeToLive is already disabled");
  if (!wanted.enabled && table.ttl.attribute != wanted.attribute_name)
    return table::table_error(
        table::TableErrorKind::kInvalid,
        "TimeToLive is active on a different AttributeName: current AttributeName is " + table.ttl.attribute);
  table.ttl = {wanted.attribute_name, wanted.enabled, false};
  return {};
}

}  // namespace

Answer<UpdateTimeToLiveOutput> update_time_to_live(DynamoDb& service, const wire::RequestContext& context,
                                                   UpdateTimeToLiveInput input) {
  auto name = table_name(context, input.table_name);
  if (!name) co_return base::fail(std::move(name.error()));
  const TimeToLiveSpecification& wanted = input.time_to_live_specification;
  if (wanted.attribute_name.empty())
    co_return refuse(
        "1 validation error detected: Value '' at 'timeToLiveSpecification.attributeName' failed to satisfy "
        "constraint: "
        "Member must have length greater than or equal to 1");
  const std::string shown = name->name;
  table::Definitions::Edit edit = [&wanted](table::TableDefinition& table) { return apply(wanted, table); };
  table::Definitions::AlsoWrite also = [](const table::TableDefinition& table, auto& batch) {
    if (!table.ttl.enabled) table::remove_expiry(batch, table.id);
  };
  auto changed =
      co_await service.tables.definitions().change(std::move(*name), std::move(edit), std::move(also));
  if (!changed && changed.error().kind == table::TableErrorKind::kTableNotFound)
    co_return base::fail(table_not_found(shown));
  if (!changed) co_return base::fail(to_service_error(std::move(changed.error())));
  service.tables.wake_backfills();
  UpdateTimeToLiveOutput output;
  output.time_to_live_specification = wanted;
  co_return output;
}

}  // namespace millrace::dynamodb
