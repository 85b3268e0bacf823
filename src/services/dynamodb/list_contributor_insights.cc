// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListContributorInsights.html
#include "shapes/dynamodb/list_contributor_insights.h"

#include "services/dynamodb/contributor_insights.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/handlers.h"
#include "services/dynamodb/names.h"

namespace millrace::dynamodb {
namespace {

void add_summary(const table::TableDefinition& table, const std::optional<std::string>& index,
                 std::vector<ContributorInsightsSummary>& out) {
  const auto insights = find_insights(table, index);
  if (!insights) return;
  ContributorInsightsSummary summary;
  summary.table_name = table.name.name;
  summary.index_name = index;
  summary.contributor_insights_status = "ENABLED";
  summary.contributor_insights_mode = insights->mode;
  out.push_back(std::move(summary));
}

void add_summaries(const table::TableDefinition& table, std::vector<ContributorInsightsSummary>& out) {
  add_summary(table, std::nullopt, out);
  for (const table::IndexDefinition& index : table.indexes)
    add_summary(table, index.name, out);
}

}  // namespace

Answer<ListContributorInsightsOutput> list_contributor_insights(DynamoDb& service,
                                                                const wire::RequestContext& context,
                                                                ListContributorInsightsInput input) {
  std::vector<table::DefinitionPtr> tables;
  if (input.table_name) {
    auto table = co_await find_named_table(service, context, *input.table_name);
    if (!table) co_return base::fail(std::move(table.error()));
    tables.push_back(std::move(*table));
  } else {
    auto all = co_await service.tables.definitions().all();
    if (!all) co_return base::fail(to_service_error(std::move(all.error())));
    for (table::DefinitionPtr& table : *all) {
      if (table->name.account == context.account() && table->name.region == context.region)
        tables.push_back(std::move(table));
    }
  }
  const auto limit = static_cast<std::size_t>(std::max(1, input.max_results.value_or(100)));
  ListContributorInsightsOutput output;
  output.contributor_insights_summaries.emplace();
  for (const table::DefinitionPtr& table : tables) {
    // A table's own and its indexes' together: pages end between tables.
    if (input.next_token && table->name.name <= *input.next_token) continue;
    if (output.contributor_insights_summaries->size() >= limit) {
      output.next_token = output.contributor_insights_summaries->back().table_name;
      break;
    }
    add_summaries(*table, *output.contributor_insights_summaries);
  }
  co_return output;
}

}  // namespace millrace::dynamodb
