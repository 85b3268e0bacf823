// UntagResource: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_UntagResource.html
#include "shapes/cloudwatch/untag_resource.h"

#include "services/cloudwatch/alarm_changes.h"
#include "services/cloudwatch/metrics.h"

namespace millrace::cloudwatch {

Answer<UntagResourceOutput> untag_resource(CloudWatch& service, const wire::RequestContext&,
                                           UntagResourceInput input) {
  auto alarm = alarm_of_arn(service, input.resource_arn);
  if (!alarm) co_return base::fail(std::move(alarm.error()));
  Alarm copy = **alarm;
  for (const std::string& key : input.tag_keys)
    copy.tags.erase(key);
  Done done = co_await change(service, std::move(copy));
  if (!done) co_return base::fail(std::move(done.error()));
  co_return UntagResourceOutput{};
}

}  // namespace millrace::cloudwatch
