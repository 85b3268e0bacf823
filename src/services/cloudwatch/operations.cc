// The table of contents of the CloudWatch API.
#include "services/cloudwatch/operations.h"

#include "shapes/cloudwatch/delete_alarms.h"
#include "shapes/cloudwatch/describe_alarm_history.h"
#include "shapes/cloudwatch/describe_alarms.h"
#include "shapes/cloudwatch/describe_alarms_for_metric.h"
#include "shapes/cloudwatch/disable_alarm_actions.h"
#include "shapes/cloudwatch/enable_alarm_actions.h"
#include "shapes/cloudwatch/get_metric_data.h"
#include "shapes/cloudwatch/get_metric_statistics.h"
#include "shapes/cloudwatch/list_metrics.h"
#include "shapes/cloudwatch/list_tags_for_resource.h"
#include "shapes/cloudwatch/put_metric_alarm.h"
#include "shapes/cloudwatch/put_metric_data.h"
#include "shapes/cloudwatch/service.h"
#include "shapes/cloudwatch/set_alarm_state.h"
#include "shapes/cloudwatch/tag_resource.h"
#include "shapes/cloudwatch/untag_resource.h"

namespace millrace::cloudwatch {
namespace {

constexpr auto kOperations = wire::operation_table(
    wire::operation<op::DeleteAlarms, delete_alarms>,
    wire::operation<op::DescribeAlarmHistory, describe_alarm_history>,
    wire::operation<op::DescribeAlarms, describe_alarms>,
    wire::operation<op::DescribeAlarmsForMetric, describe_alarms_for_metric>,
    wire::operation<op::DisableAlarmActions, disable_alarm_actions>,
    wire::operation<op::EnableAlarmActions, enable_alarm_actions>,
    wire::operation<op::GetMetricData, get_metric_data>,
    wire::operation<op::GetMetricStatistics, get_metric_statistics>,
    wire::operation<op::ListMetrics, list_metrics>,
    wire::operation<op::ListTagsForResource, list_tags_for_resource>,
    wire::operation<op::PutMetricAlarm, put_metric_alarm>,
    wire::operation<op::PutMetricData, put_metric_data>, wire::operation<op::SetAlarmState, set_alarm_state>,
    wire::operation<op::TagResource, tag_resource>, wire::operation<op::UntagResource, untag_resource>);

}  // namespace

wire::ServiceEntry operations(CloudWatch& service) {
  return wire::bind(kService, kOperations, service);
}

const wire::ProtocolFacts& protocols() {
  return kProtocols;
}

}  // namespace millrace::cloudwatch
