#include "services/lambda/function_name.h"

#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

bool is_account(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

wire::ServiceError access_denied(const wire::RequestContext& context, const FunctionName& name) {
  wire::ServiceError error;
  error.code = "AccessDeniedException";
  error.status = 403;
  error.message_key = "Message";
  error.message = fmt::format(
      "User: {} is not authorized to perform: lambda:{} on resource: {} because no resource-based policy "
      "allows "
      "the lambda:{} action",
      context.principal.arn, context.operation, name.qualified_arn(), context.operation);
  return error;
}

}  // namespace

std::string FunctionName::arn() const {
  return fmt::format("arn:aws:lambda:{}:{}:function:{}", region, account, name);
}
std::string FunctionName::qualified_arn() const {
  return qualifier.empty() ? arn() : arn() + ":" + qualifier;
}

base::Result<FunctionName, wire::ServiceError> parse_function_name(
    const wire::RequestContext& context, std::string_view given,
    const std::optional<std::string>& qualifier) {
  FunctionName out;
  out.account = context.account();
  out.region = context.region;
  std::vector<std::string_view> parts = base::split(given, ':');
  // From the front: [arn, aws, lambda,] [region,] [account,] [function,] name [, qualifier].
  std::size_t at = parts.size() > 3 && parts[0] == "arn" ? 3 : 0;
  if (at == 3) {
    out.region = parts[at++];
    if (at < parts.size()) out.account = parts[at++];
  } else if (parts.size() > 1 && is_account(parts[0])) {
    out.account = parts[at++];
  } else if (parts.size() > 2 && is_account(parts[1])) {
    out.region = parts[at++];
    out.account = parts[at++];
  }
  if (at + 1 < parts.size() && parts[at] == "function") ++at;
  if (at < parts.size()) out.name = parts[at++];
  if (at < parts.size()) out.qualifier = parts[at++];
  if (qualifier && !qualifier->empty()) {
    if (!out.qualifier.empty() && out.qualifier != *qualifier) {
      return base::fail(invalid_parameter_value_exception(
          "The derived qualifier from the function name does not match the specified qualifier."));
    }
    out.qualifier = *qualifier;
  }
  if (out.name.size() > 64) {
    return base::fail(wire::validation_error(
        fmt::format("1 validation error detected: Value '{}' at 'functionName' failed to "
                    "satisfy constraint: Member must have length less than or equal to 64",
                    out.name)));
  }
  if (out.account != context.account()) return base::fail(access_denied(context, out));
  if (out.region != context.region) {
    return base::fail(resource_not_found_exception(fmt::format(
        "Functions from '{}' are not reachable in this region ('{}')", out.region, context.region)));
  }
  return out;
}

base::Result<FunctionName, wire::ServiceError> parse_function_arn(const wire::RequestContext& context,
                                                                  std::string_view arn) {
  if (!arn.starts_with("arn:") || arn.find(":function:") == std::string_view::npos) {
    return base::fail(
        invalid_parameter_value_exception(fmt::format("1 validation error detected: Value '{}' at 'resource' "
                                                      "failed to satisfy constraint: Member must be the ARN "
                                                      "of a function",
                                                      arn)));
  }
  auto name = parse_function_name(context, arn);
  if (name && !name->qualifier.empty()) {
    return base::fail(invalid_parameter_value_exception(
        "Tags on function aliases and versions are not supported. Please specify a function ARN."));
  }
  return name;
}

wire::ServiceError function_not_found(const FunctionName& name) {
  return resource_not_found_exception("Function not found: " + name.qualified_arn());
}

}  // namespace millrace::lambda
