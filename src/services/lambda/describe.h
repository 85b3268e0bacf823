// A record as the API shows it. Pure.
#pragma once

#include "services/lambda/function_record.h"
#include "shapes/lambda/types/function_configuration.h"

namespace millrace::lambda {

// ListFunctions leaves the states out.
enum class States { kShown, kOmitted };

// `qualifier`: as asked for; it becomes part of the ARN.
FunctionConfiguration describe(const FunctionRecord& record, std::string_view qualifier,
                               States states = States::kShown);

}  // namespace millrace::lambda
