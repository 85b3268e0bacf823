// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContributorInsights.html
#include "shapes/dynamodb/update_contributor_insights.h"

#include "services/dynamodb/contributor_insights.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "shapes/dynamodb/errors.h"

namespace millrace::dynamodb {

Answer<UpdateContributorInsightsOutput> update_contributor_insights(DynamoDb& service,
                                                                    const wire::RequestContext& context,
                                                                    UpdateContributorInsightsInput input) {
  auto table = co_await find_named_table(service, context, input.table_name);
  if (!table) co_return base::fail(std::move(table.error()));
  if (input.index_name && !(*table)->find_index(*input.index_name))
    co_return base::fail(
        resource_not_found_exception("Requested resource not found: Index: " + *input.index_name));
  const bool enable = input.contributor_insights_action == "ENABLE";
  const std::string mode = input.contributor_insights_mode.value_or("ACCESSED_AND_THROTTLED_KEYS");
  table::Definitions::Edit edit = [&](table::TableDefinition& definition) -> table::TableResult<void> {
    set_insights(definition, input.index_name,
                 enable ? std::optional(Insights{mode, context.now}) : std::nullopt);
    return {};
  };
  auto changed = co_await service.tables.definitions().change((*table)->name, std::move(edit), {});
  if (!changed) co_return base::fail(to_service_error(std::move(changed.error())));
  UpdateContributorInsightsOutput output;
  output.table_name = (*changed)->name.name;
  output.index_name = input.index_name;
  output.contributor_insights_status = enable ? "ENABLING" : "DISABLING";
  if (enable) output.contributor_insights_mode = mode;
  co_return output;
}

}  // namespace millrace::dynamodb
