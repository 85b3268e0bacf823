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

struct CreateLogGroupInput;
struct CreateLogGroupOutput;
Answer<CreateLogGroupOutput> create_log_group(Logs& service, const wire::RequestContext& context,
                                              CreateLogGroupInput input);
struct CreateLogStreamInput;
struct CreateLogStreamOutput;
Answer<CreateLogStreamOutput> create_log_stream(Logs& service, const wire::RequestContext& context,
                                                CreateLogStreamInput input);
struct DeleteLogGroupInput;
struct DeleteLogGroupOutput;
Answer<DeleteLogGroupOutput> delete_log_group(Logs& service, const wire::RequestContext& context,
                                              DeleteLogGroupInput input);
struct DeleteLogStreamInput;
struct DeleteLogStreamOutput;
Answer<DeleteLogStreamOutput> delete_log_stream(Logs& service, const wire::RequestContext& context,
                                                DeleteLogStreamInput input);
struct DeleteRetentionPolicyInput;
struct DeleteRetentionPolicyOutput;
Answer<DeleteRetentionPolicyOutput> delete_retention_policy(Logs& service,
                                                            const wire::RequestContext& context,
                                                            DeleteRetentionPolicyInput input);
struct DescribeLogGroupsInput;
struct DescribeLogGroupsOutput;
Answer<DescribeLogGroupsOutput> describe_log_groups(Logs& service, const wire::RequestContext& context,
                                                    DescribeLogGroupsInput input);
struct DescribeLogStreamsInput;
struct DescribeLogStreamsOutput;
Answer<DescribeLogStreamsOutput> describe_log_streams(Logs& service, const wire::RequestContext& context,
                                                      DescribeLogStreamsInput input);
struct FilterLogEventsInput;
struct FilterLogEventsOutput;
Answer<FilterLogEventsOutput> filter_log_events(Logs& service, const wire::RequestContext& context,
                                                FilterLogEventsInput input);
struct GetLogEventsInput;
struct GetLogEventsOutput;
Answer<GetLogEventsOutput> get_log_events(Logs& service, const wire::RequestContext& context,
                                          GetLogEventsInput input);
struct ListTagsForResourceInput;
struct ListTagsForResourceOutput;
Answer<ListTagsForResourceOutput> list_tags_for_resource(Logs& service, const wire::RequestContext& context,
                                                         ListTagsForResourceInput input);
struct ListTagsLogGroupInput;
struct ListTagsLogGroupOutput;
Answer<ListTagsLogGroupOutput> list_tags_log_group(Logs& service, const wire::RequestContext& context,
                                                   ListTagsLogGroupInput input);
struct PutLogEventsInput;
struct PutLogEventsOutput;
Answer<PutLogEventsOutput> put_log_events(Logs& service, const wire::RequestContext& context,
                                          PutLogEventsInput input);
struct PutLogGroupDeletionProtectionInput;
struct PutLogGroupDeletionProtectionOutput;
Answer<PutLogGroupDeletionProtectionOutput> put_log_group_deletion_protection(
    Logs& service, const wire::RequestContext& context, PutLogGroupDeletionProtectionInput input);
struct PutRetentionPolicyInput;
struct PutRetentionPolicyOutput;
Answer<PutRetentionPolicyOutput> put_retention_policy(Logs& service, const wire::RequestContext& context,
                                                      PutRetentionPolicyInput input);
struct TagLogGroupInput;
struct TagLogGroupOutput;
Answer<TagLogGroupOutput> tag_log_group(Logs& service, const wire::RequestContext& context,
                                        TagLogGroupInput input);
struct TagResourceInput;
struct TagResourceOutput;
Answer<TagResourceOutput> tag_resource(Logs& service, const wire::RequestContext& context,
                                       TagResourceInput input);
struct UntagLogGroupInput;
struct UntagLogGroupOutput;
Answer<UntagLogGroupOutput> untag_log_group(Logs& service, const wire::RequestContext& context,
                                            UntagLogGroupInput input);
struct UntagResourceInput;
struct UntagResourceOutput;
Answer<UntagResourceOutput> untag_resource(Logs& service, const wire::RequestContext& context,
                                           UntagResourceInput input);
struct StartLiveTailInput;
Answer<void> start_live_tail(Logs& service, const wire::RequestContext& context, StartLiveTailInput input,
                             wire::HttpCall& http);
struct StartQueryInput;
struct StartQueryOutput;
Answer<StartQueryOutput> start_query(Logs& service, const wire::RequestContext& context,
                                     StartQueryInput input);
struct GetQueryResultsInput;
struct GetQueryResultsOutput;
Answer<GetQueryResultsOutput> get_query_results(Logs& service, const wire::RequestContext& context,
                                                GetQueryResultsInput input);
struct StopQueryInput;
struct StopQueryOutput;
Answer<StopQueryOutput> stop_query(Logs& service, const wire::RequestContext& context, StopQueryInput input);
struct DescribeQueriesInput;
struct DescribeQueriesOutput;
Answer<DescribeQueriesOutput> describe_queries(Logs& service, const wire::RequestContext& context,
                                               DescribeQueriesInput input);
struct GetLogRecordInput;
struct GetLogRecordOutput;
Answer<GetLogRecordOutput> get_log_record(Logs& service, const wire::RequestContext& context,
                                          GetLogRecordInput input);
struct DeleteSubscriptionFilterInput;
struct DeleteSubscriptionFilterOutput;
Answer<DeleteSubscriptionFilterOutput> delete_subscription_filter(Logs& service,
                                                                  const wire::RequestContext& context,
                                                                  DeleteSubscriptionFilterInput input);
struct DescribeSubscriptionFiltersInput;
struct DescribeSubscriptionFiltersOutput;
Answer<DescribeSubscriptionFiltersOutput> describe_subscription_filters(
    Logs& service, const wire::RequestContext& context, DescribeSubscriptionFiltersInput input);
struct DeleteMetricFilterInput;
struct DeleteMetricFilterOutput;
Answer<DeleteMetricFilterOutput> delete_metric_filter(Logs& service, const wire::RequestContext& context,
                                                      DeleteMetricFilterInput input);
struct DescribeMetricFiltersInput;
struct DescribeMetricFiltersOutput;
Answer<DescribeMetricFiltersOutput> describe_metric_filters(Logs& service,
                                                            const wire::RequestContext& context,
                                                            DescribeMetricFiltersInput input);
struct PutMetricFilterInput;
struct PutMetricFilterOutput;
Answer<PutMetricFilterOutput> put_metric_filter(Logs& service, const wire::RequestContext& context,
                                                PutMetricFilterInput input);
struct TestMetricFilterInput;
struct TestMetricFilterOutput;
Answer<TestMetricFilterOutput> test_metric_filter(Logs& service, const wire::RequestContext& context,
                                                  TestMetricFilterInput input);
struct PutSubscriptionFilterInput;
struct PutSubscriptionFilterOutput;
Answer<PutSubscriptionFilterOutput> put_subscription_filter(Logs& service,
                                                            const wire::RequestContext& context,
                                                            PutSubscriptionFilterInput input);

}  // namespace millrace::logs
