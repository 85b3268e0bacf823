// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StopQuery.html
#include "shapes/logs/stop_query.h"

#include "services/logs/groups.h"
#include "shapes/logs/errors.h"

namespace millrace::logs {

// A query is over when its id is known, so there is none to stop: AWS's answer then.
Answer<StopQueryOutput> stop_query(Logs& service, const wire::RequestContext& context, StopQueryInput input) {
  const FinishedQueryPtr query = service.queries.find(context.account(), context.region, input.query_id);
  if (!query)
    co_return base::fail(resource_not_found_exception("Query with ID " + input.query_id + " was not found."));
  co_return base::fail(invalid("The specified query is already in a Complete state."));
}

}  // namespace millrace::logs
