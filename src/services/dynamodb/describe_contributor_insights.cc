// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContributorInsights.html
#include "shapes/dynamodb/describe_contributor_insights.h"

#include "services/dynamodb/contributor_insights.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"
#include "shapes/dynamodb/errors.h"

namespace millrace::dynamodb {

Answer<DescribeContributorInsightsOutput> describe_contributor_insights(
    DynamoDb& service, const wire::RequestContext& context, DescribeContributorInsightsInput input) {
  auto table = co_await find_named_table(service, context, input.table_name);
  if (!table) co_return base::fail(std::move(table.error()));
  if (input.index_name && !(*table)->find_index(*input.index_name))
    co_return base::fail(
        resource_not_found_exception("Requested resource not found: Index: " + *input.index_name));
  const auto insights = find_insights(**table, input.index_name);
  DescribeContributorInsightsOutput output;
  output.table_name = (*table)->name.name;
  output.index_name = input.index_name;
  output.contributor_insights_status = insights ? "ENABLED" : "DISABLED";
  if (insights) {
    output.contributor_insights_mode = insights->mode;
    output.last_update_date_time = insights->since;
  }
  co_return output;
}

}  // namespace millrace::dynamodb
