// The CloudWatch API (metrics) over engines/telemetry.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html
#pragma once

#include <memory>

#include "base/clock.h"
#include "engines/telemetry/metric_store.h"
#include "services/cloudwatch/alarms.h"
#include "wire/handler.h"
#include "wire/operation.h"
#include "wire/shape_facts.h"

namespace millrace::cloudwatch {

// What it refers to must outlive it. Any thread.
struct CloudWatch {
  telemetry::MetricStore& metrics;
  base::Clock& clock;
  std::shared_ptr<Alarms> alarms;
};

wire::ServiceEntry operations(CloudWatch& service);
// Query and CBOR.
const wire::ProtocolFacts& protocols();

template <class Output>
using Answer = base::Task<base::Result<Output, wire::ServiceError>>;

MILLRACE_HANDLER(CloudWatch, delete_alarms, DeleteAlarms);
MILLRACE_HANDLER(CloudWatch, describe_alarm_history, DescribeAlarmHistory);
MILLRACE_HANDLER(CloudWatch, describe_alarms, DescribeAlarms);
MILLRACE_HANDLER(CloudWatch, describe_alarms_for_metric, DescribeAlarmsForMetric);
MILLRACE_HANDLER(CloudWatch, disable_alarm_actions, DisableAlarmActions);
MILLRACE_HANDLER(CloudWatch, enable_alarm_actions, EnableAlarmActions);
MILLRACE_HANDLER(CloudWatch, get_metric_data, GetMetricData);
MILLRACE_HANDLER(CloudWatch, get_metric_statistics, GetMetricStatistics);
MILLRACE_HANDLER(CloudWatch, list_metrics, ListMetrics);
MILLRACE_HANDLER(CloudWatch, list_tags_for_resource, ListTagsForResource);
MILLRACE_HANDLER(CloudWatch, put_metric_alarm, PutMetricAlarm);
MILLRACE_HANDLER(CloudWatch, put_metric_data, PutMetricData);
MILLRACE_HANDLER(CloudWatch, set_alarm_state, SetAlarmState);
MILLRACE_HANDLER(CloudWatch, tag_resource, TagResource);
MILLRACE_HANDLER(CloudWatch, untag_resource, UntagResource);

}  // namespace millrace::cloudwatch
