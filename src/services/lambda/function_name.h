// The forms by which AWS lets one name a function: name, name:qualifier, account:function:name, partial and full ARN.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_RequestSyntax  Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/context.h"
#include "wire/error.h"

namespace millrace::lambda {

struct FunctionName {
  std::string account;
  std::string region;
  std::string name;
  std::string qualifier;  // empty: none was given

  std::string arn() const;            // without the qualifier
  std::string qualified_arn() const;  // with it, when there is one
};

// `given` already matches the model's pattern. Refuses another account (AccessDenied), another region (not found) and a
// qualifier that contradicts the one in the name.
base::Result<FunctionName, wire::ServiceError> parse_function_name(
    const wire::RequestContext& context, std::string_view given,
    const std::optional<std::string>& qualifier = {});
// For TagResource and kin, whose resource must be a full ARN.
base::Result<FunctionName, wire::ServiceError> parse_function_arn(const wire::RequestContext& context,
                                                                  std::string_view arn);

wire::ServiceError function_not_found(const FunctionName& name);

}  // namespace millrace::lambda
