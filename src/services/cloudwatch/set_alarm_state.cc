// SetAlarmState: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
#include "shapes/cloudwatch/set_alarm_state.h"

#include "services/cloudwatch/alarm_changes.h"
#include "services/cloudwatch/metrics.h"
#include "shapes/cloudwatch/errors.h"
#include "wire/json_value.h"

namespace millrace::cloudwatch {

Answer<SetAlarmStateOutput> set_alarm_state(CloudWatch& service, const wire::RequestContext& context,
                                            SetAlarmStateInput input) {
  if (input.state_reason_data) {
    wire::JsonParser parser;
    if (!parser.parse(*input.state_reason_data))
      co_return base::fail(invalid_format_fault("StateReasonData is not valid JSON."));
  }
  Alarms::Ptr alarm = service.alarms->find(context.account(), context.region, input.alarm_name);
  if (alarm == nullptr) co_return base::fail(resource_not_found(""));
  AlarmDecision decision{std::move(input.state_value), std::move(input.state_reason),
                         input.state_reason_data.value_or("")};
  const Alarms::Outcome outcome = co_await service.alarms->set_state(std::move(alarm), std::move(decision));
  if (auto error = error_of(outcome)) co_return base::fail(std::move(*error));
  co_return SetAlarmStateOutput{};
}

}  // namespace millrace::cloudwatch
