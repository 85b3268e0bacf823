// EnableAlarmActions: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_EnableAlarmActions.html
#include "shapes/cloudwatch/enable_alarm_actions.h"

#include "services/cloudwatch/alarm_changes.h"
#include "services/cloudwatch/metrics.h"

namespace millrace::cloudwatch {

Answer<EnableAlarmActionsOutput> enable_alarm_actions(CloudWatch& service,
                                                      const wire::RequestContext& context,
                                                      EnableAlarmActionsInput input) {
  Done done = co_await set_alarm_actions(service, context, input.alarm_names, true);
  if (!done) co_return base::fail(std::move(done.error()));
  co_return EnableAlarmActionsOutput{};
}

}  // namespace millrace::cloudwatch
