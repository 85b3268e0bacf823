#include "services/cloudwatch/alarm_changes.h"

#include <fmt/format.h>

#include "base/text.h"
#include "services/cloudwatch/metrics.h"
#include "shapes/cloudwatch/errors.h"

namespace millrace::cloudwatch {

std::optional<wire::ServiceError> error_of(Alarms::Outcome outcome) {
  if (outcome == Alarms::Outcome::kStoreFailed) return store_failed();
  if (outcome == Alarms::Outcome::kTooMany)
    return limit_exceeded_fault(fmt::format("There may be at most {} alarms.", Alarms::kMost));
  return std::nullopt;
}

base::Result<Alarms::Ptr, wire::ServiceError> alarm_of_arn(CloudWatch& service, std::string_view arn) {
  const auto parts = base::split(arn, ':');
  if (parts.size() < 7 || parts[0] != "arn" || parts[2] != "cloudwatch")
    return base::fail(invalid_value(fmt::format("The value {} for parameter ResourceARN is invalid.", arn)));
  const std::size_t name = static_cast<std::size_t>(parts[6].data() - arn.data());
  Alarms::Ptr alarm;
  if (parts[5] == "alarm")
    alarm = service.alarms->find(std::string(parts[4]), std::string(parts[3]), std::string(arn.substr(name)));
  if (alarm) return alarm;
  ResourceNotFoundException missing;
  missing.message = "Unknown";
  missing.resource_type = "alarm";
  missing.resource_id = std::string(arn);
  return base::fail(to_error(missing));
}

base::Task<Done> change(CloudWatch& service, Alarm alarm) {
  const Alarms::Outcome outcome = co_await service.alarms->put(std::move(alarm));
  if (auto error = error_of(outcome)) co_return base::fail(std::move(*error));
  co_return Done();
}

base::Task<Done> set_alarm_actions(CloudWatch& service, const wire::RequestContext& context,
                                   const std::vector<std::string>& names, bool enabled) {
  for (const std::string& name : names) {
    const Alarms::Ptr alarm = service.alarms->find(context.account(), context.region, name);
    if (alarm == nullptr) continue;  // as AWS, which says nothing of those it does not have
    Alarm copy = *alarm;
    copy.what.actions_enabled = enabled;
    copy.what.alarm_configuration_updated_timestamp = context.now;
    copy.note(context.now, "ConfigurationUpdate", fmt::format("Alarm \"{}\" updated", name), "{}");
    Done done = co_await change(service, std::move(copy));
    if (!done) co_return done;
  }
  co_return Done();
}

}  // namespace millrace::cloudwatch
