// DeleteAlarms: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
#include "shapes/cloudwatch/delete_alarms.h"

#include "services/cloudwatch/alarm_changes.h"
#include "services/cloudwatch/metrics.h"

namespace millrace::cloudwatch {

Answer<DeleteAlarmsOutput> delete_alarms(CloudWatch& service, const wire::RequestContext& context,
                                         DeleteAlarmsInput input) {
  for (const std::string& name : input.alarm_names) {
    const Alarms::Outcome outcome = co_await service.alarms->erase(context.account(), context.region, name);
    if (auto error = error_of(outcome)) co_return base::fail(std::move(*error));
  }
  co_return DeleteAlarmsOutput{};
}

}  // namespace millrace::cloudwatch
