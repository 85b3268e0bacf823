// What the operations that change alarms have in common.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/cloudwatch/operations.h"

namespace millrace::cloudwatch {

using Done = base::Result<void, wire::ServiceError>;

std::optional<wire::ServiceError> error_of(Alarms::Outcome outcome);
// The alarm that an ARN names: arn:aws:cloudwatch:region:account:alarm:name.
base::Result<Alarms::Ptr, wire::ServiceError> alarm_of_arn(CloudWatch& service, std::string_view arn);
base::Task<Done> change(CloudWatch& service, Alarm alarm);
// Switches the actions of these alarms on or off. Names that no alarm has are passed over, as AWS does.
base::Task<Done> set_alarm_actions(CloudWatch& service, const wire::RequestContext& context,
                                   const std::vector<std::string>& names, bool enabled);

}  // namespace millrace::cloudwatch
