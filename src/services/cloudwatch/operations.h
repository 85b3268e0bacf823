// The CloudWatch API (metrics) over engines/telemetry.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html
#pragma once

#include <memory>

#include "base/clock.h"
#include "engines/telemetry/metric_store.h"
#include "services/cloudwatch/alarms.h"
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

#define MILLRACE_HANDLER(function, Operation)                                                  \
  struct Operation##Input;                                                                     \
  struct Operation##Output;                                                                    \
  Answer<Operation##Output> function(CloudWatch& service, const wire::RequestContext& context, \
                                     Operation##Input input)

MILLRACE_HANDLER(delete_alarms, DeleteAlarms);
MILLRACE_HANDLER(describe_alarm_history, DescribeAlarmHistory);
MILLRACE_HANDLER(describe_alarms, DescribeAlarms);
MILLRACE_HANDLER(describe_alarms_for_metric, DescribeAlarmsForMetric);
MILLRACE_HANDLER(disable_alarm_actions, DisableAlarmActions);
MILLRACE_HANDLER(enable_alarm_actions, EnableAlarmActions);
MILLRACE_HANDLER(get_metric_data, GetMetricData);
MILLRACE_HANDLER(get_metric_statistics, GetMetricStatistics);
MILLRACE_HANDLER(list_metrics, ListMetrics);
MILLRACE_HANDLER(list_tags_for_resource, ListTagsForResource);
MILLRACE_HANDLER(put_metric_alarm, PutMetricAlarm);
MILLRACE_HANDLER(put_metric_data, PutMetricData);
MILLRACE_HANDLER(set_alarm_state, SetAlarmState);
MILLRACE_HANDLER(tag_resource, TagResource);
MILLRACE_HANDLER(untag_resource, UntagResource);

#undef MILLRACE_HANDLER

}  // namespace millrace::cloudwatch
