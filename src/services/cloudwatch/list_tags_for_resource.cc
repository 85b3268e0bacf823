// ListTagsForResource: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListTagsForResource.html
#include "shapes/cloudwatch/list_tags_for_resource.h"

#include "services/cloudwatch/alarm_changes.h"
#include "services/cloudwatch/metrics.h"

namespace millrace::cloudwatch {

Answer<ListTagsForResourceOutput> list_tags_for_resource(CloudWatch& service, const wire::RequestContext&,
                                                         ListTagsForResourceInput input) {
  auto alarm = alarm_of_arn(service, input.resource_arn);
  if (!alarm) co_return base::fail(std::move(alarm.error()));
  ListTagsForResourceOutput output;
  output.tags.emplace();
  for (const auto& [key, value] : (*alarm)->tags) {
    Tag& tag = output.tags->emplace_back();
    tag.key = key;
    tag.value = value;
  }
  co_return output;
}

}  // namespace millrace::cloudwatch
