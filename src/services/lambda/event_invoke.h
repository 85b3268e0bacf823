// What the operations on asynchronous invocation settings share. Kept for $LATEST; versions and aliases are refused.
#pragma once

#include "services/lambda/lambda.h"
#include "shapes/lambda/types/destination_config.h"
#include "shapes/lambda/types/function_event_invoke_config.h"

namespace millrace::lambda {

FunctionEventInvokeConfig describe_event_invoke(const FunctionRecord& record);
wire::ServiceError no_event_invoke(const FunctionName& name);
std::optional<wire::ServiceError> refuse_qualifier(const FunctionName& name);
// Refuses those that cannot be had.
std::optional<wire::ServiceError> take_destinations(const std::optional<DestinationConfig>& from,
                                                    EventInvokeSettings& to);

}  // namespace millrace::lambda
