// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
#include "shapes/logs/describe_log_groups.h"

#include <algorithm>

#include "services/logs/groups.h"

namespace millrace::logs {
namespace {

LogGroup to_group(const telemetry::GroupInfo& info) {
  LogGroup out;
  out.log_group_name = info.key.name;
  out.creation_time = base::unix_millis(info.created);
  if (info.retention_days > 0) out.retention_in_days = static_cast<std::int32_t>(info.retention_days);
  out.metric_filter_count = 0;
  out.log_group_arn = group_arn(info.key);
  out.arn = *out.log_group_arn + ":*";
  out.stored_bytes = static_cast<std::int64_t>(info.stored_bytes);
  if (!info.kms_key_id.empty()) out.kms_key_id = info.kms_key_id;
  out.log_group_class = info.group_class;
  out.deletion_protection_enabled = info.deletion_protection;
  return out;
}

bool wanted(const telemetry::GroupInfo& info, const DescribeLogGroupsInput& input,
            const wire::RequestContext& context) {
  const std::string& name = info.key.name;
  if (input.log_group_name_prefix && !name.starts_with(*input.log_group_name_prefix)) return false;
  if (input.log_group_name_pattern && name.find(*input.log_group_name_pattern) == std::string::npos)
    return false;
  if (input.log_group_class && info.group_class != *input.log_group_class) return false;
  if (!input.log_group_identifiers) return true;
  return std::ranges::any_of(*input.log_group_identifiers, [&](const std::string& identifier) {
    return key_of_identifier(context, identifier).name == name;
  });
}

}  // namespace

Answer<DescribeLogGroupsOutput> describe_log_groups(Logs& service, const wire::RequestContext& context,
                                                    DescribeLogGroupsInput input) {
  if (input.log_group_name_prefix && input.log_group_name_pattern)
    co_return base::fail(
        invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."));
  std::string after;
  if (input.next_token) {
    auto token = parse_name_token(*input.next_token);
    if (!token) co_return base::fail(std::move(token.error()));
    after = std::move(*token);
  }
  auto groups = co_await service.store.list_groups(context.account(), context.region);
  if (!groups) co_return base::fail(store_failed());
  const auto limit = static_cast<std::size_t>(input.limit.value_or(50));
  DescribeLogGroupsOutput output;
  output.log_groups.emplace();
  for (const telemetry::GroupInfo& info : *groups) {
    if (info.key.name <= after || !wanted(info, input, context)) continue;
    if (output.log_groups->size() == limit) {
      output.next_token = name_token(*output.log_groups->back().log_group_name);
      break;
    }
    output.log_groups->push_back(to_group(info));
  }
  co_return output;
}

}  // namespace millrace::logs
