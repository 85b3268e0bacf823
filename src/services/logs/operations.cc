// The table of contents of the CloudWatch Logs API.
#include "services/logs/operations.h"

#include "shapes/logs/create_log_group.h"
#include "shapes/logs/create_log_stream.h"
#include "shapes/logs/delete_log_group.h"
#include "shapes/logs/delete_log_stream.h"
#include "shapes/logs/delete_metric_filter.h"
#include "shapes/logs/delete_retention_policy.h"
#include "shapes/logs/delete_subscription_filter.h"
#include "shapes/logs/describe_log_groups.h"
#include "shapes/logs/describe_log_streams.h"
#include "shapes/logs/describe_metric_filters.h"
#include "shapes/logs/describe_queries.h"
#include "shapes/logs/describe_subscription_filters.h"
#include "shapes/logs/filter_log_events.h"
#include "shapes/logs/get_log_events.h"
#include "shapes/logs/get_log_record.h"
#include "shapes/logs/get_query_results.h"
#include "shapes/logs/list_tags_for_resource.h"
#include "shapes/logs/list_tags_log_group.h"
#include "shapes/logs/put_log_events.h"
#include "shapes/logs/put_log_group_deletion_protection.h"
#include "shapes/logs/put_metric_filter.h"
#include "shapes/logs/put_retention_policy.h"
#include "shapes/logs/put_subscription_filter.h"
#include "shapes/logs/service.h"
#include "shapes/logs/start_live_tail.h"
#include "shapes/logs/start_query.h"
#include "shapes/logs/stop_query.h"
#include "shapes/logs/tag_log_group.h"
#include "shapes/logs/tag_resource.h"
#include "shapes/logs/test_metric_filter.h"
#include "shapes/logs/untag_log_group.h"
#include "shapes/logs/untag_resource.h"

namespace millrace::logs {
namespace {

constexpr auto kOperations = wire::operation_table(
    wire::operation<op::CreateLogGroup, create_log_group>,
    wire::operation<op::CreateLogStream, create_log_stream>,
    wire::operation<op::DeleteLogGroup, delete_log_group>,
    wire::operation<op::DeleteLogStream, delete_log_stream>,
    wire::operation<op::DeleteRetentionPolicy, delete_retention_policy>,
    wire::operation<op::DescribeLogGroups, describe_log_groups>,
    wire::operation<op::DescribeLogStreams, describe_log_streams>,
    wire::operation<op::FilterLogEvents, filter_log_events>,
    wire::operation<op::GetLogEvents, get_log_events>,
    wire::operation<op::ListTagsForResource, list_tags_for_resource>,
    wire::operation<op::ListTagsLogGroup, list_tags_log_group>,
    wire::operation<op::PutLogEvents, put_log_events>,
    wire::operation<op::PutLogGroupDeletionProtection, put_log_group_deletion_protection>,
    wire::operation<op::PutRetentionPolicy, put_retention_policy>,
    wire::operation<op::StartLiveTail, start_live_tail>, wire::operation<op::StartQuery, start_query>,
    wire::operation<op::GetQueryResults, get_query_results>, wire::operation<op::StopQuery, stop_query>,
    wire::operation<op::DescribeQueries, describe_queries>, wire::operation<op::GetLogRecord, get_log_record>,
    wire::operation<op::DeleteSubscriptionFilter, delete_subscription_filter>,
    wire::operation<op::DescribeSubscriptionFilters, describe_subscription_filters>,
    wire::operation<op::PutSubscriptionFilter, put_subscription_filter>,
    wire::operation<op::DeleteMetricFilter, delete_metric_filter>,
    wire::operation<op::DescribeMetricFilters, describe_metric_filters>,
    wire::operation<op::PutMetricFilter, put_metric_filter>,
    wire::operation<op::TestMetricFilter, test_metric_filter>,
    wire::operation<op::TagLogGroup, tag_log_group>, wire::operation<op::TagResource, tag_resource>,
    wire::operation<op::UntagLogGroup, untag_log_group>, wire::operation<op::UntagResource, untag_resource>);

}  // namespace

wire::ServiceEntry operations(Logs& service) {
  return wire::bind(kService, kOperations, service);
}

}  // namespace millrace::logs
