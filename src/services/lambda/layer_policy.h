// The policy of a layer version (kind "lambda.layer-policy"), kept and returned: there is one account here, whose layers all its
// functions may use. https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "services/lambda/lambda.h"
#include "services/lambda/layer.h"
#include "services/lambda/policy_record.h"

namespace millrace::lambda {

struct StoredLayerPolicy {
  LayerName name;  // with the version
  PolicyRecord policy;
  catalog::Expect expect = catalog::Expect::absent();
};

// Empty when the version has none; the version must be there.
base::Task<Answer<StoredLayerPolicy>> load_layer_policy(Lambda& service, const wire::RequestContext& context,
                                                        std::string layer, std::int64_t version);
std::optional<wire::ServiceError> check_layer_policy_revision(const std::optional<std::string>& given,
                                                              const PolicyRecord& policy);
// Under a new revision id, unless somebody else changed it meanwhile; without statements it is removed.
base::Task<std::optional<wire::ServiceError>> keep_layer_policy(Lambda& service, StoredLayerPolicy& stored);

}  // namespace millrace::lambda
