// Provisioned concurrency of versions and aliases: what is wanted stands in the catalog (kind "lambda.provisioned"), the runtime is
// told all of it whenever something changed, and at start. https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
#pragma once

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

catalog::ResourceKey provisioned_key(const FunctionName& name);
// Of one function, or with an empty name of all.
base::Task<Answer<std::vector<ProvisionedRecord>>> provisioned_of(Lambda& service, FunctionName name);
// Tells the runtime. Call after anything that changes which versions are provisioned, or what they are.
base::Task<> apply_provisioned(Lambda& service);

}  // namespace millrace::lambda
