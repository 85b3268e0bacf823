// DisableAlarmActions: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DisableAlarmActions.html
#include "shapes/cloudwatch/disable_alarm_actions.h"

#include "services/cloudwatch/alarm_changes.h"
#include "services/cloudwatch/metrics.h"

namespace millrace::cloudwatch {

Answer<DisableAlarmActionsOutput> disable_alarm_actions(CloudWatch& service,
                                                        const wire::RequestContext& context,
                                                        DisableAlarmActionsInput input) {
  Done done = co_await set_alarm_actions(service, context, input.alarm_names, false);
  if (!done) co_return base::fail(std::move(done.error()));
  co_return DisableAlarmActionsOutput{};
}

}  // namespace millrace::cloudwatch
