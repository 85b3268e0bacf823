// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeSubscriptionFilters.html
#include "shapes/logs/describe_subscription_filters.h"

#include "services/logs/groups.h"

namespace millrace::logs {
namespace {

SubscriptionFilter describe(const Subscription& subscription) {
  SubscriptionFilter out;
  out.filter_name = subscription.name;
  out.log_group_name = subscription.group.name;
  out.filter_pattern = subscription.pattern;
  out.destination_arn = subscription.destination_arn;
  out.distribution = subscription.distribution;
  out.creation_time = base::unix_millis(subscription.created);
  return out;
}

}  // namespace

// A group has two at most, so that there is one page.
Answer<DescribeSubscriptionFiltersOutput> describe_subscription_filters(
    Logs& service, const wire::RequestContext& context, DescribeSubscriptionFiltersInput input) {
  auto group = co_await load_group(service, key_of(context, input.log_group_name));
  if (!group) co_return base::fail(std::move(group.error()));
  DescribeSubscriptionFiltersOutput output;
  output.subscription_filters.emplace();
  for (const Subscription& subscription : service.subscriptions->of(group->key)) {
    if (subscription.name.starts_with(input.filter_name_prefix.value_or("")))
      output.subscription_filters->push_back(describe(subscription));
  }
  co_return output;
}

}  // namespace millrace::logs
