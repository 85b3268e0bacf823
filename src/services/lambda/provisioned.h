// Provisioned concurrency of versions and aliases: what is wanted stands in the catalog (kind "lambda.provisioned"), the runtime is
// told all of it whenever something changed, and at start. https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/lambda/lambda.h"

namespace millrace::lambda {

struct ProvisionedRecord {
  FunctionName name;  // with the version or alias
  std::int32_t requested = 0;
  base::WallTime modified{};
};

std::string encode_provisioned(const ProvisionedRecord& record);
std::optional<ProvisionedRecord> decode_provisioned(std::string_view document);

// The version or alias that is to be provisioned, which must be there.
base::Task<Answer<LoadedFunction>> provisioning_target(Lambda& service, FunctionName name);

catalog::ResourceKey provisioned_key(const FunctionName& name);
// Of one function, or with an empty name of all.
base::Task<Answer<std::vector<ProvisionedRecord>>> provisioned_of(Lambda& service, FunctionName name);
// Tells the runtime. Call after anything that changes which versions are provisioned, or what they are.
base::Task<> apply_provisioned(Lambda& service);

// The five members that all three answers have.
template <class Output>
Output describe_provisioned(Lambda& service, const ProvisionedRecord& record) {
  const runtime::ProvisionState state = service.world().invoker.provisioned(record.name.qualified_arn());
  Output out;
  out.requested_provisioned_concurrent_executions = record.requested;
  out.allocated_provisioned_concurrent_executions =
      std::min(record.requested, static_cast<std::int32_t>(state.allocated));
  out.available_provisioned_concurrent_executions =
      std::min(record.requested, static_cast<std::int32_t>(state.available));
  const bool ready = static_cast<std::int32_t>(state.allocated) >= record.requested;
  out.status = ready ? "READY" : state.failed ? "FAILED" : "IN_PROGRESS";
  if (!ready && state.failed) out.status_reason = "FUNCTION_ERROR_INIT_FAILURE";
  out.last_modified = lambda_timestamp(record.modified);
  return out;
}

}  // namespace millrace::lambda
