#include "services/lambda/event_invoke.h"

#include "services/lambda/destinations.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {

FunctionEventInvokeConfig describe_event_invoke(const FunctionRecord& record) {
  const EventInvokeSettings& settings = *record.event_invoke;
  FunctionEventInvokeConfig out;
  out.last_modified = settings.last_modified;
  out.function_arn = record.name.arn() + ":$LATEST";
  out.maximum_retry_attempts = settings.maximum_retry_attempts;
  out.maximum_event_age_in_seconds = settings.maximum_event_age;
  DestinationConfig destinations;
  destinations.on_success.emplace();
  destinations.on_failure.emplace();
  if (!settings.on_success_arn.empty()) destinations.on_success->destination = settings.on_success_arn;
  if (!settings.on_failure_arn.empty()) destinations.on_failure->destination = settings.on_failure_arn;
  out.destination_config = std::move(destinations);
  return out;
}

wire::ServiceError no_event_invoke(const FunctionName& name) {
  return resource_not_found_exception("The function " + name.arn() +
                                      ":$LATEST doesn't have an EventInvokeConfig");
}

std::optional<wire::ServiceError> refuse_qualifier(const FunctionName& name) {
  if (name.qualifier.empty() || name.qualifier == "$LATEST") return std::nullopt;
  return invalid_parameter_value_exception(
      "This server keeps asynchronous invocation settings for $LATEST only.");
}

std::optional<wire::ServiceError> take_destinations(const std::optional<DestinationConfig>& from,
                                                    EventInvokeSettings& to) {
  if (!from) return std::nullopt;
  if (from->on_success) to.on_success_arn = from->on_success->destination.value_or("");
  if (from->on_failure) to.on_failure_arn = from->on_failure->destination.value_or("");
  if (auto refusal = refuse_destination(to.on_success_arn, Outcome::kSuccess)) return refusal;
  return refuse_destination(to.on_failure_arn, Outcome::kFailure);
}

}  // namespace millrace::lambda
