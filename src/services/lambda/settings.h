// Taking the members that CreateFunction and UpdateFunctionConfiguration share into a record's settings, with the checks
// that the model does not express. Pure.
#pragma once

#include <optional>

#include "services/lambda/function_record.h"
#include "wire/error.h"

namespace millrace::lambda {

struct CreateFunctionInput;
struct UpdateFunctionConfigurationInput;

// A refusal leaves `settings` half changed: the caller drops it.
std::optional<wire::ServiceError> take_settings(CreateFunctionInput& input, FunctionSettings& settings);
std::optional<wire::ServiceError> take_settings(UpdateFunctionConfigurationInput& input,
                                                FunctionSettings& settings);

std::optional<wire::ServiceError> check_environment(const TextMap& variables);

}  // namespace millrace::lambda
