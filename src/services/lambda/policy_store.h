// Loading a function's resource policy from the catalog and writing it back.
#pragma once

#include <functional>

#include "services/lambda/lambda.h"
#include "services/lambda/policy_record.h"

namespace millrace::lambda {

struct StoredPolicy {
  PolicyRecord policy;
  std::optional<catalog::Revision> revision;  // nullopt: there is none yet
};

// The function (and its version or alias) must exist; its policy need not.
base::Task<Answer<StoredPolicy>> load_policy(Lambda& service, FunctionName name);

// Lets `edit` change the policy or refuse; writes it unless another did meanwhile, then again. An empty policy is removed.
// `expected`: the revision id the client saw.
using PolicyEdit = std::function<std::optional<wire::ServiceError>(PolicyRecord&)>;
base::Task<Answer<PolicyRecord>> change_policy(Lambda& service, FunctionName name,
                                               std::optional<std::string> expected, PolicyEdit edit);

}  // namespace millrace::lambda
