// Publishing: a numbered, unchangeable copy of $LATEST.
#pragma once

#include <optional>
#include <string>

#include "services/lambda/lambda.h"

namespace millrace::lambda {

// The newest version when nothing changed since it was published, as AWS does; else a new one.
base::Task<Answer<FunctionRecord>> publish(Lambda& service, FunctionName name,
                                           std::optional<std::string> description);

// Versions in the order of their numbers.
base::Task<Answer<std::vector<FunctionRecord>>> published_versions(Lambda& service, FunctionName name);

}  // namespace millrace::lambda
