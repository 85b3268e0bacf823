// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
#include "shapes/logs/put_subscription_filter.h"

#include "base/text.h"
#include "services/logs/groups.h"
#include "shapes/logs/errors.h"
#include "wire/json_writer.h"

namespace millrace::logs {
namespace {

// "arn:aws:lambda:region:account:function:name[:qualifier]"; empty when it is no function.
std::string_view function_of(std::string_view arn) {
  const std::vector<std::string_view> parts = base::split(arn, ':');
  const bool function =
      parts.size() >= 7 && parts[0] == "arn" && parts[2] == "lambda" && parts[5] == "function";
  return function ? parts[6] : std::string_view();
}

base::Task<bool> is_there(Logs& service, const wire::RequestContext& context, const std::string& arn) {
  std::string input = "{\"FunctionName\":";
  wire::append_json_string(input, arn);
  input += '}';
  wire::LocalCall call{"lambda", "GetFunctionConfiguration", input, context.principal, context.request_id};
  auto found = co_await service.services.call(std::move(call), context.now);
  co_return found.has_value();
}

}  // namespace

Answer<PutSubscriptionFilterOutput> put_subscription_filter(Logs& service,
                                                            const wire::RequestContext& context,
                                                            PutSubscriptionFilterInput input) {
  auto pattern = FilterPattern::parse(input.filter_pattern);
  if (!pattern) co_return base::fail(invalid("Invalid filter pattern: " + pattern.error()));
  const std::string_view function = function_of(input.destination_arn);
  if (function.empty())
    co_return base::fail(
        invalid("Millrace sends log events on to Lambda functions; it has no other destination: " +
                input.destination_arn));
  if (input.log_group_name == "/aws/lambda/" + std::string(function))
    co_return base::fail(
        invalid("The log group provided is reserved for the function logs of the destination function."));
  auto group = co_await load_group(service, key_of(context, input.log_group_name));
  if (!group) co_return base::fail(std::move(group.error()));
  const bool there = co_await is_there(service, context, input.destination_arn);
  if (!there)
    co_return base::fail(
        invalid("Could not execute the lambda function. Make sure you have given CloudWatch Logs permission "
                "to execute "
                "your function."));
  Subscription subscription;
  subscription.group = std::move(group->key);
  subscription.name = std::move(input.filter_name);
  subscription.pattern = std::move(input.filter_pattern);
  subscription.destination_arn = std::move(input.destination_arn);
  subscription.distribution = input.distribution.value_or("ByLogStream");
  subscription.created = context.now;
  const Subscriptions::Outcome outcome = co_await service.subscriptions->put(std::move(subscription));
  if (outcome == Subscriptions::Outcome::kTooMany)
    co_return base::fail(limit_exceeded_exception("Resource limit exceeded."));
  if (outcome == Subscriptions::Outcome::kStoreFailed) co_return base::fail(store_failed());
  co_return PutSubscriptionFilterOutput{};
}

}  // namespace millrace::logs
