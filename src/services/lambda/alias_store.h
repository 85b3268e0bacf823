// What the operations on aliases share.
#pragma once

#include "services/lambda/alias_record.h"
#include "services/lambda/lambda.h"
#include "shapes/lambda/types/alias_configuration.h"
#include "shapes/lambda/types/alias_routing_configuration.h"

namespace millrace::lambda {

struct StoredAlias {
  AliasRecord alias;
  catalog::Revision revision = 0;
};

// `name.qualifier` is the alias.
base::Task<Answer<StoredAlias>> load_alias(Lambda& service, FunctionName name);
// The version must exist, and those it shares its traffic with; weights are in [0, 1] and need published versions.
base::Task<std::optional<wire::ServiceError>> check_alias(Lambda& service, FunctionName name,
                                                          const AliasRecord& alias);
void take_routing(const std::optional<AliasRoutingConfiguration>& from, AliasRecord& to);
AliasConfiguration describe_alias(const FunctionName& function, const AliasRecord& alias);

}  // namespace millrace::lambda
