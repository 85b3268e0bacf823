// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
#include "shapes/dynamodb/update_table.h"

#include <algorithm>

#include "base/random.h"
#include "engines/table/table_stream.h"
#include "services/dynamodb/describe.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "services/dynamodb/table_schema.h"
#include "services/dynamodb/table_update.h"

namespace millrace::dynamodb {

Answer<UpdateTableOutput> update_table(DynamoDb& service, const wire::RequestContext& context,
                                       UpdateTableInput input) {
  auto name = table_name(context, input.table_name);
  if (!name) co_return base::fail(std::move(name.error()));
  const std::string shown = name->name;
  if (auto ok = check_table_update(input); !ok) co_return base::fail(std::move(ok.error()));

  const base::WallTime now = context.now;
  table::TableStream fresh = table::new_table_stream(table::StreamView::kKeysOnly, service.random, now);
  std::optional<wire::ServiceError> refused;
  std::optional<table::TableStream> before;
  table::Throughput throughput_before;
  table::Definitions::Edit edit = [&](table::TableDefinition& definition) -> table::TableResult<void> {
    refused.reset();
    before = definition.stream;
    throughput_before = definition.throughput;
    if (auto ok = apply_table_update(input, now, fresh, definition); !ok) {
      refused = std::move(ok.error());
      return table::table_error(table::TableErrorKind::kInvalid);
    }
    return {};
  };
  table::Definitions::AlsoWrite also = [&](const table::TableDefinition& definition, auto& batch) {
    const bool was = before && before->enabled;
    const bool is = definition.stream && definition.stream->enabled;
    if (is && !was) table::create_stream(batch, definition, now);
    if (was && !is) table::close_stream(batch, *before, now);
  };
  auto changed = co_await service.tables.definitions().change(std::move(*name), edit, also);
  if (refused) co_return base::fail(std::move(*refused));
  if (!changed && changed.error().kind == table::TableErrorKind::kTableNotFound)
    co_return base::fail(table_not_found(shown));
  if (!changed) co_return base::fail(to_service_error(std::move(changed.error())));
  service.tables.wake_backfills();
  auto counters = co_await service.tables.definitions().counters(*changed);
  if (!counters) co_return base::fail(to_service_error(std::move(counters.error())));
  UpdateTableOutput output;
  output.table_description = describe(**changed, *counters, now);
  set_status(*output.table_description, "UPDATING");
  // While a table is UPDATING, AWS shows the throughput that was.
  if (input.provisioned_throughput) {
    output.table_description->provisioned_throughput->read_capacity_units = throughput_before.read;
    output.table_description->provisioned_throughput->write_capacity_units = throughput_before.write;
  }
  co_return output;
}

}  // namespace millrace::dynamodb
