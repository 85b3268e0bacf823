// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html, DeleteRetentionPolicy,
// PutLogGroupDeletionProtection: what a group's record says about keeping.
#include <algorithm>

#include <fmt/format.h>

#include "services/logs/groups.h"
#include "shapes/logs/delete_retention_policy.h"
#include "shapes/logs/put_log_group_deletion_protection.h"
#include "shapes/logs/put_retention_policy.h"

namespace millrace::logs {
namespace {

constexpr std::int32_t kDays[] = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                  365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

}  // namespace

Answer<PutRetentionPolicyOutput> put_retention_policy(Logs& service, const wire::RequestContext& context,
                                                      PutRetentionPolicyInput input) {
  const std::int32_t days = input.retention_in_days;
  if (std::ranges::find(kDays, days) == std::end(kDays))
    co_return base::fail(invalid(fmt::format(
        "1 validation error detected: Value '{}' at 'retentionInDays' failed to satisfy constraint: Member "
        "must satisfy enum value set: [{}]",
        days, fmt::join(kDays, ", "))));
  telemetry::GroupKey key = key_of(context, std::move(input.log_group_name));
  auto edit = [days](telemetry::GroupInfo& group) {
    group.retention_days = static_cast<std::uint32_t>(days);
  };
  auto changed = co_await change_group(service, std::move(key), edit);
  if (!changed) co_return base::fail(std::move(changed.error()));
  co_return PutRetentionPolicyOutput{};
}

Answer<DeleteRetentionPolicyOutput> delete_retention_policy(Logs& service,
                                                            const wire::RequestContext& context,
                                                            DeleteRetentionPolicyInput input) {
  telemetry::GroupKey key = key_of(context, std::move(input.log_group_name));
  auto edit = [](telemetry::GroupInfo& group) { group.retention_days = 0; };
  auto changed = co_await change_group(service, std::move(key), edit);
  if (!changed) co_return base::fail(std::move(changed.error()));
  co_return DeleteRetentionPolicyOutput{};
}

Answer<PutLogGroupDeletionProtectionOutput> put_log_group_deletion_protection(
    Logs& service, const wire::RequestContext& context, PutLogGroupDeletionProtectionInput input) {
  telemetry::GroupKey key = key_of_identifier(context, input.log_group_identifier);
  const bool enabled = input.deletion_protection_enabled;
  auto edit = [enabled](telemetry::GroupInfo& group) { group.deletion_protection = enabled; };
  auto changed = co_await change_group(service, std::move(key), edit);
  if (!changed) co_return base::fail(std::move(changed.error()));
  co_return PutLogGroupDeletionProtectionOutput{};
}

}  // namespace millrace::logs
