// The CloudWatch Logs API over engines/telemetry, which also takes what functions print.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html
#pragma once

#include <atomic>

#include "base/clock.h"
#include "base/random.h"
#include "engines/telemetry/log_store.h"
#include "services/logs/metric_filters.h"
#include "services/logs/queries.h"
#include "services/logs/subscriptions.h"
#include "wire/handler.h"
#include "wire/operation.h"

namespace millrace::logs {

// What it refers to must outlive it. Any thread.
struct Logs {
  telemetry::LogStore& store;
  base::Clock& clock;
  base::Random& random;
  const wire::Services& services;
  std::shared_ptr<Subscriptions> subscriptions;
  std::shared_ptr<MetricFilters> metric_filters;
  Queries queries{};
  std::atomic<bool> stopping{false};  // set before the listener drains: live tails end
};

wire::ServiceEntry operations(Logs& service);

template <class Output>
using Answer = base::Task<base::Result<Output, wire::ServiceError>>;

MILLRACE_HANDLER(Logs, create_log_group, CreateLogGroup);
MILLRACE_HANDLER(Logs, create_log_stream, CreateLogStream);
MILLRACE_HANDLER(Logs, delete_log_group, DeleteLogGroup);
MILLRACE_HANDLER(Logs, delete_log_stream, DeleteLogStream);
MILLRACE_HANDLER(Logs, delete_retention_policy, DeleteRetentionPolicy);
MILLRACE_HANDLER(Logs, describe_log_groups, DescribeLogGroups);
MILLRACE_HANDLER(Logs, describe_log_streams, DescribeLogStreams);
MILLRACE_HANDLER(Logs, filter_log_events, FilterLogEvents);
MILLRACE_HANDLER(Logs, get_log_events, GetLogEvents);
MILLRACE_HANDLER(Logs, list_tags_for_resource, ListTagsForResource);
MILLRACE_HANDLER(Logs, list_tags_log_group, ListTagsLogGroup);
MILLRACE_HANDLER(Logs, put_log_events, PutLogEvents);
MILLRACE_HANDLER(Logs, put_log_group_deletion_protection, PutLogGroupDeletionProtection);
MILLRACE_HANDLER(Logs, put_retention_policy, PutRetentionPolicy);
MILLRACE_HANDLER(Logs, tag_log_group, TagLogGroup);
MILLRACE_HANDLER(Logs, tag_resource, TagResource);
MILLRACE_HANDLER(Logs, untag_log_group, UntagLogGroup);
MILLRACE_HANDLER(Logs, untag_resource, UntagResource);
struct StartLiveTailInput;
Answer<void> start_live_tail(Logs& service, const wire::RequestContext& context, StartLiveTailInput input,
                             wire::HttpCall& http);
MILLRACE_HANDLER(Logs, start_query, StartQuery);
MILLRACE_HANDLER(Logs, get_query_results, GetQueryResults);
MILLRACE_HANDLER(Logs, stop_query, StopQuery);
MILLRACE_HANDLER(Logs, describe_queries, DescribeQueries);
MILLRACE_HANDLER(Logs, get_log_record, GetLogRecord);
MILLRACE_HANDLER(Logs, delete_subscription_filter, DeleteSubscriptionFilter);
MILLRACE_HANDLER(Logs, describe_subscription_filters, DescribeSubscriptionFilters);
MILLRACE_HANDLER(Logs, delete_metric_filter, DeleteMetricFilter);
MILLRACE_HANDLER(Logs, describe_metric_filters, DescribeMetricFilters);
MILLRACE_HANDLER(Logs, put_metric_filter, PutMetricFilter);
MILLRACE_HANDLER(Logs, test_metric_filter, TestMetricFilter);
MILLRACE_HANDLER(Logs, put_subscription_filter, PutSubscriptionFilter);

}  // namespace millrace::logs
