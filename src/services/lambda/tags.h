// Tags of what can have them: functions, event source mappings, code signing configurations.
// https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "services/lambda/lambda.h"

namespace millrace::lambda {

std::optional<wire::ServiceError> check_tags(const TextMap& tags);

base::Task<Answer<TextMap>> tags_of(Lambda& service, const wire::RequestContext& context, std::string arn);
// `edit` may run more than once.
using TagEdit = std::function<void(TextMap&)>;
base::Task<std::optional<wire::ServiceError>> change_tags(Lambda& service,
                                                          const wire::RequestContext& context,
                                                          std::string arn, TagEdit edit);

}  // namespace millrace::lambda
