// TagResource: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_TagResource.html
#include "shapes/cloudwatch/tag_resource.h"

#include "services/cloudwatch/alarm_changes.h"
#include "services/cloudwatch/metrics.h"

namespace millrace::cloudwatch {
namespace {

constexpr std::size_t kMostTags = 50;

}  // namespace

Answer<TagResourceOutput> tag_resource(CloudWatch& service, const wire::RequestContext&,
                                       TagResourceInput input) {
  auto alarm = alarm_of_arn(service, input.resource_arn);
  if (!alarm) co_return base::fail(std::move(alarm.error()));
  Alarm copy = **alarm;
  for (Tag& tag : input.tags)
    copy.tags[tag.key] = std::move(tag.value);
  if (copy.tags.size() > kMostTags)
    co_return base::fail(invalid_value("A resource may have at most 50 tags."));
  Done done = co_await change(service, std::move(copy));
  if (!done) co_return base::fail(std::move(done.error()));
  co_return TagResourceOutput{};
}

}  // namespace millrace::cloudwatch
