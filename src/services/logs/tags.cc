// Tags of log groups, by ARN and in the older form by name.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html, UntagResource, ListTagsForResource,
// TagLogGroup, UntagLogGroup, ListTagsLogGroup.
#include "services/logs/groups.h"
#include "shapes/logs/errors.h"
#include "shapes/logs/list_tags_for_resource.h"
#include "shapes/logs/list_tags_log_group.h"
#include "shapes/logs/tag_log_group.h"
#include "shapes/logs/tag_resource.h"
#include "shapes/logs/untag_log_group.h"
#include "shapes/logs/untag_resource.h"

namespace millrace::logs {
namespace {

using Tags = std::map<std::string, std::string, std::less<>>;
using Done = base::Result<void, wire::ServiceError>;
constexpr std::size_t kMaxTags = 50;

base::Result<telemetry::GroupKey, wire::ServiceError> key_of_arn(const wire::RequestContext& context,
                                                                 std::string_view arn) {
  if (!arn.starts_with("arn:") || arn.find(":log-group:") == std::string_view::npos)
    return base::fail(invalid("Invalid resource ARN: " + std::string(arn)));
  return key_of_identifier(context, arn);
}

base::Task<Done> add_tags(Logs& service, telemetry::GroupKey key, Tags tags) {
  auto group = co_await load_group(service, key);
  if (!group) co_return base::fail(std::move(group.error()));
  for (const auto& [name, value] : tags)
    group->tags[name] = value;
  if (group->tags.size() > kMaxTags)
    co_return base::fail(too_many_tags_exception("A log group may have at most 50 tags."));
  auto edit = [tags = std::move(tags)](telemetry::GroupInfo& info) {
    for (const auto& [name, value] : tags)
      info.tags[name] = value;
  };
  co_return co_await change_group(service, std::move(key), std::move(edit));
}

base::Task<Done> remove_tags(Logs& service, telemetry::GroupKey key, std::vector<std::string> names) {
  auto edit = [names = std::move(names)](telemetry::GroupInfo& info) {
    for (const std::string& name : names)
      info.tags.erase(name);
  };
  co_return co_await change_group(service, std::move(key), std::move(edit));
}

}  // namespace

Answer<TagResourceOutput> tag_resource(Logs& service, const wire::RequestContext& context,
                                       TagResourceInput input) {
  auto key = key_of_arn(context, input.resource_arn);
  if (!key) co_return base::fail(std::move(key.error()));
  auto done = co_await add_tags(service, std::move(*key), std::move(input.tags));
  if (!done) co_return base::fail(std::move(done.error()));
  co_return TagResourceOutput{};
}

Answer<TagLogGroupOutput> tag_log_group(Logs& service, const wire::RequestContext& context,
                                        TagLogGroupInput input) {
  auto done = co_await add_tags(service, key_of(context, input.log_group_name), std::move(input.tags));
  if (!done) co_return base::fail(std::move(done.error()));
  co_return TagLogGroupOutput{};
}

Answer<UntagResourceOutput> untag_resource(Logs& service, const wire::RequestContext& context,
                                           UntagResourceInput input) {
  auto key = key_of_arn(context, input.resource_arn);
  if (!key) co_return base::fail(std::move(key.error()));
  auto done = co_await remove_tags(service, std::move(*key), std::move(input.tag_keys));
  if (!done) co_return base::fail(std::move(done.error()));
  co_return UntagResourceOutput{};
}

Answer<UntagLogGroupOutput> untag_log_group(Logs& service, const wire::RequestContext& context,
                                            UntagLogGroupInput input) {
  auto done = co_await remove_tags(service, key_of(context, input.log_group_name), std::move(input.tags));
  if (!done) co_return base::fail(std::move(done.error()));
  co_return UntagLogGroupOutput{};
}

Answer<ListTagsForResourceOutput> list_tags_for_resource(Logs& service, const wire::RequestContext& context,
                                                         ListTagsForResourceInput input) {
  auto key = key_of_arn(context, input.resource_arn);
  if (!key) co_return base::fail(std::move(key.error()));
  auto group = co_await load_group(service, std::move(*key));
  if (!group) co_return base::fail(std::move(group.error()));
  ListTagsForResourceOutput output;
  output.tags = std::move(group->tags);
  co_return output;
}

Answer<ListTagsLogGroupOutput> list_tags_log_group(Logs& service, const wire::RequestContext& context,
                                                   ListTagsLogGroupInput input) {
  auto group = co_await load_group(service, key_of(context, input.log_group_name));
  if (!group) co_return base::fail(std::move(group.error()));
  ListTagsLogGroupOutput output;
  output.tags = std::move(group->tags);
  co_return output;
}

}  // namespace millrace::logs
