// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
#include "shapes/logs/get_query_results.h"

#include "services/logs/groups.h"
#include "shapes/logs/errors.h"

namespace millrace::logs {
namespace {

QueryStatistics statistics_of(const FinishedQuery& query) {
  QueryStatistics out;
  out.records_matched = static_cast<double>(query.matched);
  out.records_scanned = static_cast<double>(query.scanned);
  out.bytes_scanned = static_cast<double>(query.scanned_bytes);
  out.estimated_records_skipped = 0;
  out.estimated_bytes_skipped = 0;
  out.log_groups_scanned = static_cast<double>(query.groups.size());
  return out;
}

}  // namespace

Answer<GetQueryResultsOutput> get_query_results(Logs& service, const wire::RequestContext& context,
                                                GetQueryResultsInput input) {
  const FinishedQueryPtr query = service.queries.find(context.account(), context.region, input.query_id);
  if (!query)
    co_return base::fail(resource_not_found_exception("Query with ID " + input.query_id + " was not found."));
  GetQueryResultsOutput output;
  output.status = "Complete";
  output.query_language = "CWLI";
  output.statistics = statistics_of(*query);
  output.results.emplace();
  for (const insights::Row& row : query->rows) {
    auto& fields = output.results->emplace_back();
    for (const insights::Column& column : row) {
      ResultField& field = fields.emplace_back();
      field.field = column.name;
      field.value = column.value;
    }
  }
  co_return output;
}

}  // namespace millrace::logs
