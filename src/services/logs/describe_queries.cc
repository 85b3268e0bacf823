// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeQueries.html
#include "shapes/logs/describe_queries.h"

#include <algorithm>

#include "services/logs/groups.h"

namespace millrace::logs {
namespace {

QueryInfo describe(const FinishedQuery& query) {
  QueryInfo out;
  out.query_language = "CWLI";
  out.query_id = query.id;
  out.query_string = query.text;
  out.status = "Complete";
  out.create_time = base::unix_millis(query.asked);
  out.log_group_name = query.groups.front().name;
  return out;
}

}  // namespace

Answer<DescribeQueriesOutput> describe_queries(Logs& service, const wire::RequestContext& context,
                                               DescribeQueriesInput input) {
  DescribeQueriesOutput output;
  output.queries.emplace();
  if (input.status.value_or("Complete") != "Complete") co_return output;
  std::string after;
  if (input.next_token) {
    auto id = parse_name_token(*input.next_token);
    if (!id) co_return base::fail(std::move(id.error()));
    after = std::move(*id);
  }
  bool begun = after.empty();
  for (const FinishedQueryPtr& query : service.queries.list(context.account(), context.region)) {
    const bool asked = !input.log_group_name ||
                       std::ranges::find(query->groups, *input.log_group_name, &telemetry::GroupKey::name) !=
                           query->groups.end();
    if (begun && asked) {
      if (output.queries->size() == static_cast<std::size_t>(input.max_results.value_or(1000))) {
        output.next_token = name_token(*output.queries->back().query_id);
        break;
      }
      output.queries->push_back(describe(*query));
    }
    begun = begun || query->id == after;
  }
  co_return output;
}

}  // namespace millrace::logs
